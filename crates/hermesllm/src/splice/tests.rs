use super::*;
use proptest::prelude::*;

fn scan(body: &[u8]) -> Result<Fields, ScanError> {
    let mut scanner = RequestScanner::new();
    scanner.push(body)?;
    scanner.finish()?;
    Ok(scanner.fields().clone())
}

fn scan_split(body: &[u8], at: usize) -> Result<Fields, ScanError> {
    let mut scanner = RequestScanner::new();
    scanner.push(&body[..at])?;
    scanner.push(&body[at..])?;
    scanner.finish()?;
    Ok(scanner.fields().clone())
}

#[test]
fn finds_the_fields_and_the_span_of_the_model() {
    let body = br#" {"messages":[{"role":"user","content":"a \"model\": \\"}], "model" : "gpt-4o","stream":true}"#;
    let fields = scan(body).unwrap();
    assert_eq!(fields.model.as_deref(), Some("gpt-4o"));
    assert_eq!(&body[fields.model_span.unwrap()], br#""gpt-4o""#);
    assert_eq!(fields.stream, Some(true));
    assert_eq!(fields.object_start, 2);
    assert!(!fields.previous_response_id);
}

#[test]
fn reads_escaped_spellings_and_ignores_nested_keys() {
    let fields =
        scan(br#"{"tools":{"model":"no"},"mod\u0065l":"gpt\u002d4o","stream":"x"}"#).unwrap();
    assert_eq!(fields.model.as_deref(), Some("gpt-4o"));
    assert_eq!(fields.stream, None);
}

#[test]
fn null_counts_as_absent() {
    let fields = scan(br#"{"model":null,"previous_response_id":null}"#).unwrap();
    assert_eq!(fields.model, None);
    assert_eq!(fields.model_span, Some(9..13));
    assert!(!fields.previous_response_id);
    assert!(
        scan(br#"{"previous_response_id":"resp_1"}"#)
            .unwrap()
            .previous_response_id
    );
}

#[test]
fn every_split_gives_the_same_answer() {
    let body: &[u8] = br#"{"a\"b":[1,-2.5e3,{"x":["\\",null]}],"model":"m\u00e9\n","stream":false ,"previous_response_id":"r"} "#;
    let whole = scan(body).unwrap();
    for at in 0..=body.len() {
        assert_eq!(scan_split(body, at).unwrap(), whole, "split at {at}");
    }
}

#[test]
fn long_values_are_skipped_in_blocks() {
    let text = r#"with \"quotes\", brackets ]}{[ and \\"#.repeat(40);
    let turn = format!(r#"{{"role":"user","content":[{{"text":"{text}"}}]}},"#);
    let turns = turn.repeat(20);
    let body = format!(r#"{{"messages":[{turns}{{}}],"model":"m"}}"#).into_bytes();
    let whole = scan(&body).unwrap();
    assert_eq!(whole.model.as_deref(), Some("m"));
    for at in (0..body.len()).step_by(7) {
        assert_eq!(scan_split(&body, at).unwrap(), whole, "split at {at}");
    }
}

#[test]
fn names_what_is_wrong() {
    assert_eq!(scan(b""), Err(ScanError::Empty));
    assert_eq!(scan(b"  \n"), Err(ScanError::Empty));
    assert_eq!(scan(b"[1]"), Err(ScanError::NotAnObject));
    assert_eq!(
        scan(br#"{"model":"a""#),
        Err(ScanError::Truncated { offset: 12 })
    );
    assert_eq!(
        scan(br#"{"model":"a","model":"b"}"#),
        Err(ScanError::DuplicateKey("model"))
    );
    assert_eq!(scan(br#"{"model":7}"#), Err(ScanError::BadModel));
    assert_eq!(scan(br#"{"model":{"a":1}}"#), Err(ScanError::BadModel));
    assert_eq!(scan(br#"{"model":"\x"}"#), Err(ScanError::BadModel));
    assert_eq!(scan(b"{\"model\":\"a\nb\"}"), Err(ScanError::BadModel));
    assert_eq!(scan(br#"{"model":"\ud800"}"#), Err(ScanError::BadModel));
    assert!(matches!(
        scan(br#"{"a":[}]}"#),
        Err(ScanError::Unexpected { offset: 7, .. })
    ));
    assert!(matches!(
        scan(br#"{"a":1,}"#),
        Err(ScanError::Unexpected { .. })
    ));
    assert!(matches!(
        scan(br#"{"a":truex}"#),
        Err(ScanError::Unexpected { .. })
    ));
    assert!(matches!(
        scan(br#"{"a":1} x"#),
        Err(ScanError::Unexpected { .. })
    ));
}

#[test]
fn depth_is_limited() {
    let nest = |levels: usize| {
        let mut body = b"{\"a\":".to_vec();
        body.extend(std::iter::repeat_n(b'[', levels));
        body.extend(std::iter::repeat_n(b']', levels));
        body.push(b'}');
        body
    };
    assert!(scan(&nest(MAX_DEPTH - 1)).is_ok());
    assert_eq!(scan(&nest(MAX_DEPTH)), Err(ScanError::TooDeep));
    assert_eq!(scan(&nest(100_000)), Err(ScanError::TooDeep));
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f32>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn agrees_with_a_parser(
        entries in prop::collection::vec((any::<String>(), json()), 0..6),
        model in any::<String>(),
        split in any::<prop::sample::Index>(),
    ) {
        let mut object: serde_json::Map<_, _> = entries.into_iter().collect();
        object.insert("model".into(), model.clone().into());
        let body = serde_json::to_vec(&object).unwrap();
        let fields = scan_split(&body, split.index(body.len())).unwrap();
        let span = fields.model_span.unwrap();
        let literal: String = serde_json::from_slice(&body[span]).unwrap();
        prop_assert_eq!(&literal, &model);
        prop_assert_eq!(fields.model.unwrap(), model);
    }

    #[test]
    fn never_panics(body in prop::collection::vec(any::<u8>(), 0..200), split in any::<prop::sample::Index>()) {
        let _ = scan_split(&body, split.index(body.len() + 1));
    }
}
