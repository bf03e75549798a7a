//! The prompt filter: it answers for the listener's health and passes all else on.

use gateway_core::Endpoint;
use http::Method;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType};

use crate::headers::pseudo;

/// The root context of `prompt_gateway.wasm`.
#[derive(Debug, Default)]
pub struct PromptGateway;

impl Context for PromptGateway {}

impl RootContext for PromptGateway {
    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(PromptCall))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct PromptCall;

impl Context for PromptCall {}

impl HttpContext for PromptCall {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        let headers = self.get_http_request_headers_bytes();
        let method = Method::from_bytes(pseudo(&headers, ":method").as_bytes());
        let path = pseudo(&headers, ":path");
        let path = path.split('?').next().unwrap_or_default();
        if let (Ok(method), "/healthz") = (method, path) {
            if Endpoint::find(&method, path) == Ok(Endpoint::Health) {
                self.send_http_response(200, vec![("content-type", "text/plain")], Some(b"ok\n"));
                return Action::Pause;
            }
        }
        Action::Continue
    }
}
