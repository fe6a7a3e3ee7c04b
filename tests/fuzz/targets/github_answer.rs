//! Answers of whoever stands where GitHub should: two bytes of status, headers up to an empty line, and a body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wick::domain::secret::Secret;
use wick::remote::github::read_answer;

const TOKEN: &str = "ghp_SENTINEL0123456789";

fuzz_target!(|bytes: &[u8]| {
    let Some((status, rest)) = bytes.split_first_chunk() else { return };
    let status = 100 + u16::from_be_bytes(*status) % 500;
    let end = rest.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((&b""[..], rest), |end| (&rest[..end], &rest[end + 2..]));
    let headers = head.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((&line[..colon], &line[colon + 1..]))
    });
    let token = Secret::from(TOKEN.to_owned());
    let said = read_answer(status, headers, body, &token);
    assert!(!said.contains("SENTINEL"), "{said}");
});
