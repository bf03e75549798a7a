//! Event-stream frames, written and read apart from the library's own code.

/// Appends the frame of an event, or of an exception when its name says so.
pub(crate) fn push(out: &mut Vec<u8>, name: &str, payload: &[u8]) {
    let kind = match name.ends_with("Exception") {
        true => "exception",
        false => "event",
    };
    let mut headers = Vec::new();
    for (key, value) in [
        (":message-type", kind),
        (&*format!(":{kind}-type"), name),
        (":content-type", "application/json"),
    ] {
        headers.push(u8::try_from(key.len()).expect("short"));
        headers.extend_from_slice(key.as_bytes());
        headers.push(7);
        headers.extend_from_slice(&u16::try_from(value.len()).expect("short").to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let total = u32::try_from(16 + headers.len() + payload.len()).expect("short");
    let mut frame = total.to_be_bytes().to_vec();
    frame.extend_from_slice(&u32::try_from(headers.len()).expect("short").to_be_bytes());
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    frame.extend_from_slice(&headers);
    frame.extend_from_slice(payload);
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    out.extend_from_slice(&frame);
}

/// Names and payloads; an error when lengths or checksums are wrong.
pub(crate) fn read(mut bytes: &[u8]) -> Result<Vec<(String, String)>, String> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let number = |at: usize| -> Result<u32, String> {
            let four = bytes.get(at..at + 4).ok_or("cut inside a frame")?;
            Ok(u32::from_be_bytes(four.try_into().expect("four bytes")))
        };
        let total = number(0)? as usize;
        let headers_end = 12 + number(4)? as usize;
        let frame = bytes.get(..total).ok_or("cut inside a frame")?;
        if number(8)? != crc32fast::hash(&frame[..8])
            || number(total - 4)? != crc32fast::hash(&frame[..total - 4])
        {
            return Err("a checksum is wrong".to_owned());
        }
        let mut headers = std::collections::BTreeMap::new();
        let mut rest = frame.get(12..headers_end).ok_or("headers too long")?;
        while let Some((&length, after)) = rest.split_first() {
            let (name, after) = after.split_at(length as usize);
            if after[0] != 7 {
                return Err("a header is no string".to_owned());
            }
            let length = usize::from(u16::from_be_bytes([after[1], after[2]]));
            let (value, after) = after[3..].split_at(length);
            headers.insert(
                String::from_utf8_lossy(name).into_owned(),
                String::from_utf8_lossy(value).into_owned(),
            );
            rest = after;
        }
        if headers.get(":content-type").map(String::as_str) != Some("application/json") {
            return Err("no content type".to_owned());
        }
        let kind = headers.get(":message-type").ok_or("no message type")?;
        let name = headers.get(&format!(":{kind}-type")).ok_or("no type")?;
        let payload = String::from_utf8_lossy(&frame[headers_end..total - 4]);
        frames.push((name.clone(), payload.into_owned()));
        bytes = &bytes[total..];
    }
    Ok(frames)
}
