//! What every client of Gemini relies on in a stream of events.

use std::collections::BTreeMap;

use serde_json::Value;

/// Google's clients read `data` lines only, and each must be whole.
pub(crate) fn check(stream: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(stream).map_err(|error| error.to_string())?;
    let mut chunks = Vec::new();
    for event in text.split_terminator("\n\n") {
        let data = event
            .strip_prefix("data: ")
            .filter(|data| !data.contains('\n'))
            .ok_or_else(|| format!("not a data line: {event}"))?;
        chunks.push(serde_json::from_str(data).map_err(|error| format!("{error}: {data}"))?);
    }
    check_chunks(&chunks)
}

/// The chunks of a stream in either form.
pub(crate) fn check_chunks(chunks: &[Value]) -> Result<(), String> {
    let mut head: Option<[Value; 2]> = None;
    let mut ends: BTreeMap<u64, bool> = BTreeMap::new();
    for (at, chunk) in chunks.iter().enumerate() {
        let is_last = at + 1 == chunks.len();
        if chunk["error"].is_object() {
            let error = &chunk["error"];
            let told = error["code"].is_u64()
                && error["message"].is_string()
                && error["status"].is_string();
            return (is_last && told)
                .then_some(())
                .ok_or_else(|| format!("error: {chunk}"));
        }
        let own = ["responseId", "modelVersion"].map(|key| chunk[key].clone());
        let named = own
            .iter()
            .all(|name| name.as_str().is_some_and(|name| !name.is_empty()));
        if !named || *head.get_or_insert_with(|| own.clone()) != own {
            return Err(format!("head: {own:?}"));
        }
        let candidates = chunk["candidates"].as_array().ok_or("no candidates")?;
        for candidate in candidates {
            check_candidate(candidate, &mut ends)?;
        }
        if is_last && !chunk["usageMetadata"]["totalTokenCount"].is_u64() {
            return Err(format!("no usage at the end: {chunk}"));
        }
    }
    (!ends.is_empty() && ends.values().all(|ended| *ended))
        .then_some(())
        .ok_or_else(|| format!("no end: {ends:?}"))
}

fn check_candidate(candidate: &Value, ends: &mut BTreeMap<u64, bool>) -> Result<(), String> {
    let index = candidate["index"].as_u64().ok_or("no index")?;
    let ended = ends.entry(index).or_default();
    if *ended {
        return Err(format!("after the end: {candidate}"));
    }
    *ended = candidate["finishReason"].is_string();
    let parts = candidate["content"]["parts"].as_array().ok_or("no parts")?;
    if parts.is_empty() || candidate["content"]["role"] != "model" {
        return Err(format!("content: {candidate}"));
    }
    for part in parts {
        let call = &part["functionCall"];
        let is_call = call["id"].as_str().is_some_and(|id| !id.is_empty())
            && call["name"].is_string()
            && call["args"].is_object();
        let drawing = &part["inlineData"];
        let file = part["fileData"]["fileUri"].as_str();
        let is_drawing = (drawing["mimeType"].is_string() && drawing["data"].is_string())
            || file.is_some_and(|uri| uri.starts_with("http"));
        let kinds = [part["text"].is_string(), is_call, is_drawing];
        if kinds.iter().filter(|is| **is).count() != 1 {
            return Err(format!("part: {part}"));
        }
    }
    Ok(())
}
