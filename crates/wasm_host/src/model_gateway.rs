//! The root context of the filter of model calls.

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

use crate::metrics::Metrics;
use crate::model_call_filter::ModelCallFilter;
use crate::settings::{self, Loaded};

/// The root context of `llm_gateway.wasm`.
#[derive(Default)]
pub struct ModelGateway {
    loaded: Option<(Loaded, Metrics)>,
}

impl Context for ModelGateway {}

impl RootContext for ModelGateway {
    fn on_configure(&mut self, _size: usize) -> bool {
        match settings::read(self.get_plugin_configuration()) {
            Ok(loaded) => {
                self.loaded = Metrics::define().map(|metrics| (loaded, metrics));
                self.loaded.is_some()
            }
            Err(problem) => {
                log::error!("{problem}");
                false
            }
        }
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        let (loaded, metrics) = self.loaded.as_ref()?;
        Some(Box::new(ModelCallFilter::new(
            loaded,
            metrics.clone(),
            self.get_current_time(),
        )))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
