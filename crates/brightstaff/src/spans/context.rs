//! Whose trace a call belongs to: `traceparent`, <https://www.w3.org/TR/trace-context/>.

use http::HeaderValue;

/// A span of a trace, as it is told to whoever continues it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TraceContext {
    pub(super) trace: u128,
    pub(super) span: u64,
    pub(super) sampled: bool,
}

impl TraceContext {
    /// Reads a `traceparent`; none if it is malformed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '-');
        let version = hex(parts.next()?, 2)?;
        let trace = hex(parts.next()?, 32)?;
        let span = hex(parts.next()?, 16)?;
        let flags = hex(parts.next()?, 2)?;
        // Later versions may have more parts, this one has not.
        let fits = version != 0xff && (version != 0 || parts.next().is_none());
        (fits && trace != 0 && span != 0).then_some(Self {
            trace,
            span: span as u64,
            sampled: flags & 1 == 1,
        })
    }

    /// As the value of a header.
    pub(super) fn header(self) -> Option<HeaderValue> {
        let flags = u8::from(self.sampled);
        let text = format!("00-{:032x}-{:016x}-{flags:02x}", self.trace, self.span);
        HeaderValue::from_str(&text).ok()
    }
}

/// A number of so many hexadecimal digits, all of them small.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == digits && text.bytes().all(is_digit))
        .then(|| u128::from_str_radix(text, 16).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    #[test]
    fn reads_what_it_writes() {
        let text = format!("00-{TRACE}-b7ad6b7169203331-01");
        let context = TraceContext::parse(&text).unwrap();
        assert_eq!(context.span, 0xb7ad_6b71_6920_3331);
        assert!(context.sampled);
        assert_eq!(context.header().unwrap().to_str().unwrap(), text);
        let small = TraceContext {
            trace: 1,
            span: 2,
            sampled: false,
        };
        let text = small.header().unwrap();
        assert_eq!(TraceContext::parse(text.to_str().unwrap()), Some(small));
    }

    #[test]
    fn takes_later_versions_and_other_flags() {
        let parse = |text: String| TraceContext::parse(&text).unwrap().sampled;
        assert!(parse(format!("01-{TRACE}-b7ad6b7169203331-03-more")));
        assert!(!parse(format!("00-{TRACE}-b7ad6b7169203331-02")));
    }

    #[test]
    fn takes_nothing_malformed() {
        let zeros = "0".repeat(32);
        for text in [
            String::new(),
            "00-1-2-01".to_owned(),
            format!("ff-{TRACE}-b7ad6b7169203331-01"),
            format!("00-{TRACE}-b7ad6b7169203331-01-more"),
            format!("00-{TRACE}-b7ad6b7169203331"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{zeros}-b7ad6b7169203331-01"),
            format!("00-{}-b7ad6b7169203331-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-b7ad6b716920333é-01"),
            format!("00-{TRACE}-+7ad6b7169203331-01"),
        ] {
            assert_eq!(TraceContext::parse(&text), None, "{text}");
        }
    }
}
