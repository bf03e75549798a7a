//! The filter that speaks to model providers.

use proxy_wasm::traits::RootContext;
use proxy_wasm::types::LogLevel;
use wasm_host::ModelGateway;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(ModelGateway::default()) });
}}
