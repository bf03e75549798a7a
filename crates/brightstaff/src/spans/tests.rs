//! A span to try things with.

use std::sync::Arc;

use gateway_core::{AttributeValue as Value, Origin};

use super::collector::Collector;
use super::span::{Part, Span};
use crate::upstream::{client_config, Trust};

pub(super) fn span(part: Part) -> Span {
    let place = Origin {
        https: false,
        host: "localhost".to_owned(),
        port: 4317,
        authority: "localhost:4317".to_owned(),
        found_at: None,
    };
    let tls = client_config(&Trust::read(false, None).unwrap()).unwrap();
    Span {
        collector: Arc::new(Collector::new(place, tls)),
        part,
        trace: 7,
        id: 8,
        parent: Some(9),
        name: "POST /v1/é".to_owned(),
        start: 1,
        end: 5,
        first_token: Some(3),
        attributes: vec![
            ("http.target", Value::text("/v1/é")),
            ("llm.is_streaming", Value::Flag(true)),
            ("http.status_code", Value::Number(503)),
        ],
        fixed: [("team", "platform"), ("http.target", "elsewhere")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        failed: true,
        error: Some("it failed".to_owned()),
    }
}
