//! Which calls are traced, and where their spans go.

use std::sync::Arc;

use common::resolve_references;
use gateway_core::Origin;
use http::header::{HeaderMap, HeaderName};
use http::uri::Uri;

use super::collector::Collector;
use super::context::TraceContext;

/// Where collectors usually listen.
const USUAL_COLLECTOR: &str = "http://localhost:4317";

pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// How calls are traced under one configuration.
pub(crate) struct Tracing {
    /// Share of calls, in percent.
    sampling: f64,
    pub(super) collector: Arc<Collector>,
    /// Attributes of all spans.
    pub(super) fixed: Arc<[(String, String)]>,
}

/// The address of the collector, if anything is traced: a share of all calls, or,
/// where a collector is named, those that a client's trace goes on in.
pub(crate) fn collector_place(
    written: Option<&common::Tracing>,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Option<Origin>, String> {
    const KEY: &str = "tracing.opentracing_grpc_endpoint";
    let Some(written) = written else {
        return Ok(None);
    };
    let named = written.opentracing_grpc_endpoint.as_deref();
    if !written.is_on() {
        return Ok(None);
    }
    let url = resolve_references(named.unwrap_or(USUAL_COLLECTOR), lookup)
        .map_err(|unset| format!("{KEY} refers to ${}, which is not set", unset.0))?;
    let place = parse(&url).ok_or_else(|| {
        format!("{KEY} is not an address of a collector, such as {USUAL_COLLECTOR}")
    })?;
    Ok(Some(place))
}

/// `http` or `https`, a host and a port; nothing more.
fn parse(url: &str) -> Option<Origin> {
    let uri: Uri = url.parse().ok()?;
    let https = match uri.scheme_str()? {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let authority = uri.authority()?;
    let host = authority.host();
    let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
    if !is_bare || host.is_empty() || authority.as_str().contains('@') {
        return None;
    }
    Some(Origin {
        https,
        host: host.trim_matches(['[', ']']).to_owned(),
        port: authority.port_u16().unwrap_or(if https { 443 } else { 80 }),
        authority: authority.as_str().to_owned(),
        found_at: None,
    })
}

impl Tracing {
    pub(crate) fn new(
        written: &common::Tracing,
        place: Origin,
        tls: Arc<rustls::ClientConfig>,
    ) -> Self {
        Self {
            sampling: written.random_sampling,
            collector: Arc::new(Collector::new(place, tls)),
            fixed: match &written.span_attributes {
                Some(attributes) => attributes.fixed.clone().into_iter().collect(),
                None => Arc::default(),
            },
        }
    }

    /// The same percentage, attributes and collector.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.sampling == other.sampling
            && self.fixed == other.fixed
            && self.collector.is_same(&other.collector)
    }

    /// The trace that a call belongs to if it is traced, and the span that it goes
    /// on from: what the client has decided holds, if it has.
    pub(super) fn sample(&self, headers: &HeaderMap) -> Option<(u128, Option<u64>)> {
        match received(headers) {
            Some(context) => context
                .sampled
                .then_some((context.trace, Some(context.span))),
            None => {
                let chosen = self.sampling > 0.0 && fastrand::f64() * 100.0 < self.sampling;
                chosen.then(|| (fastrand::u128(1..), None))
            }
        }
    }
}

/// What a client says, if it says one thing.
fn received(headers: &HeaderMap) -> Option<TraceContext> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let first = values.next()?;
    if values.next().is_some() {
        return None;
    }
    TraceContext::parse(first.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::{client_config, Trust};

    fn written(sampling: f64, collector: Option<&str>) -> common::Tracing {
        common::Tracing {
            random_sampling: sampling,
            trace_arch_internal: false,
            opentracing_grpc_endpoint: collector.map(str::to_owned),
            span_attributes: None,
            exporters: Vec::new(),
        }
    }

    fn place(sampling: f64, collector: Option<&str>) -> Result<Option<Origin>, String> {
        let lookup = |name: &str| (name == "HOST").then(|| "collector.example".to_owned());
        collector_place(Some(&written(sampling, collector)), lookup)
    }

    fn tracing(sampling: f64) -> Tracing {
        let tls = client_config(&Trust::read(false, None).unwrap()).unwrap();
        let place = place(100.0, None).unwrap().unwrap();
        Tracing::new(&written(sampling, None), place, tls)
    }

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(TRACEPARENT, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn finds_the_collector() {
        let usual = place(1.0, None).unwrap().unwrap();
        assert_eq!(
            (usual.host.as_str(), usual.port, usual.https),
            ("localhost", 4317, false)
        );
        let named = place(0.0, Some("https://$HOST:4317/")).unwrap().unwrap();
        assert_eq!(
            (named.host.as_str(), named.port, named.https),
            ("collector.example", 4317, true)
        );
        assert_eq!(
            place(1.0, Some("http://[::1]:1")).unwrap().unwrap().host,
            "::1"
        );
        assert_eq!(place(0.0, None).unwrap(), None);
        assert_eq!(collector_place(None, |_| None).unwrap(), None);
    }

    #[test]
    fn names_the_key_of_what_is_no_collector() {
        for bad in [
            "localhost:4317",
            "grpc://a:1",
            "http://a:1/v1/traces",
            "http://a:1?b",
            "http://u:p@a:1",
            "http://$NOT_SET:1",
        ] {
            let message = place(1.0, Some(bad)).unwrap_err();
            assert!(
                message.contains("tracing.opentracing_grpc_endpoint"),
                "{message}"
            );
            assert!(!message.contains("u:p"), "{message}");
        }
    }

    #[test]
    fn a_client_that_has_decided_is_followed() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let yes = format!("00-{trace}-b7ad6b7169203331-01");
        let no = format!("00-{trace}-b7ad6b7169203331-00");
        let found = tracing(0.0).sample(&headers(&[&yes]));
        let expected = u128::from_str_radix(trace, 16).unwrap();
        assert_eq!(found, Some((expected, Some(0xb7ad_6b71_6920_3331))));
        assert_eq!(tracing(100.0).sample(&headers(&[&no])), None);
    }

    #[test]
    fn others_are_traced_by_the_percentage() {
        let count = |sampling, values: &[&str]| {
            let (tracing, headers) = (tracing(sampling), headers(values));
            (0..2000)
                .filter(|_| tracing.sample(&headers).is_some())
                .count()
        };
        assert_eq!(count(0.0, &[]), 0);
        assert_eq!(count(100.0, &[]), 2000);
        assert!((300..700).contains(&count(25.0, &[])));
        // Malformed, or two of them: as if there were none.
        assert_eq!(count(100.0, &["nonsense"]), 2000);
        let two = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        assert_eq!(count(100.0, &[two, two]), 2000);
        let found = tracing(100.0).sample(&headers(&["nonsense"])).unwrap();
        assert!(found.0 != 0 && found.1.is_none());
    }
}
