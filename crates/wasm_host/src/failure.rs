//! Why Envoy, not the provider, made an answer.

use gateway_core::{Input, UpstreamFailure, BADLY_FRAMED};

/// What happened, by Envoy's `%RESPONSE_CODE_DETAILS%`. None: the provider answered.
///
/// Source: Envoy's list of response code details, e.g.
/// `upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}`.
pub(crate) fn input_of(details: &str) -> Option<Input> {
    if details == "via_upstream" {
        return None;
    }
    if details.starts_with("http1.") || details.starts_with("http2.") {
        return Some(Input::RequestBroken(BADLY_FRAMED.to_owned()));
    }
    let holds = |part| details.contains(part);
    let failure = if holds("connection_timeout") {
        UpstreamFailure::ConnectTimeout
    } else if holds("TLS") || holds("certificate") {
        UpstreamFailure::Tls(reason_in(details))
    } else if holds("timeout") {
        UpstreamFailure::FirstByteTimeout
    } else if holds("connection_failure") || holds("no_healthy_upstream") {
        UpstreamFailure::Connect(reason_in(details))
    } else {
        UpstreamFailure::Broken(reason_in(details))
    };
    Some(Input::UpstreamFailed(failure))
}

/// The innermost reason in words: Envoy writes no spaces in details.
fn reason_in(details: &str) -> String {
    let inner = details.split_once('{').map_or(details, |(_, inner)| inner);
    let inner = inner.trim_end_matches('}');
    let inner = inner.split_once('|').map_or(inner, |(_, inner)| inner);
    match inner {
        "connection_termination" => "closed before its answer was complete".to_owned(),
        "protocol_error" => "its answer is not valid HTTP".to_owned(),
        "no_healthy_upstream" => "its name has no address".to_owned(),
        _ => inner
            .trim_start_matches("delayed_connect_error:_")
            .replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(details: &str) -> UpstreamFailure {
        match input_of(details) {
            Some(Input::UpstreamFailed(failure)) => failure,
            other => panic!("{details}: {other:?}"),
        }
    }

    #[test]
    fn a_provider_that_answers_has_not_failed() {
        assert!(input_of("via_upstream").is_none());
    }

    #[test]
    fn a_client_that_breaks_http_has_sent_a_broken_request() {
        for details in ["http1.codec_error", "http2.violation.of.messaging.rule"] {
            let input = input_of(details);
            assert!(matches!(input, Some(Input::RequestBroken(_))), "{details}");
        }
    }

    #[test]
    fn time_outs_are_told_apart() {
        let connecting = "upstream_reset_before_response_started{connection_timeout}";
        assert_eq!(failure(connecting), UpstreamFailure::ConnectTimeout);
        for waiting in ["response_timeout", "upstream_per_try_timeout"] {
            assert_eq!(failure(waiting), UpstreamFailure::FirstByteTimeout);
        }
    }

    #[test]
    fn a_reason_is_in_words() {
        let reset = |reason: &str| {
            failure(&format!(
                "upstream_reset_before_response_started{{{reason}}}"
            ))
        };
        assert_eq!(
            reset("remote_connection_failure|delayed_connect_error:_Connection_refused"),
            UpstreamFailure::Connect("Connection refused".to_owned())
        );
        assert_eq!(
            reset("remote_connection_failure|TLS_error:_CERTIFICATE_VERIFY_FAILED"),
            UpstreamFailure::Tls("TLS error: CERTIFICATE VERIFY FAILED".to_owned())
        );
        assert_eq!(
            reset("connection_termination"),
            UpstreamFailure::Broken("closed before its answer was complete".to_owned())
        );
        assert_eq!(
            failure("no_healthy_upstream"),
            UpstreamFailure::Connect("its name has no address".to_owned())
        );
    }
}
