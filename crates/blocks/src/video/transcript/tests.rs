use serde_json::json;

use super::{Cue, parse, sjson, srt, txt, vtt};

fn cue(start: u64, end: u64, text: &str) -> Cue {
    Cue { start, end, text: text.to_owned() }
}

#[test]
fn reads_ordinary_subrip() {
    let cues =
        parse(b"1\n00:00:01,000 --> 00:00:02,500\nHello\nthere\n\n2\n01:00:03,000 --> 01:00:04,000\nBye\n");
    assert_eq!(cues, [cue(1000, 2500, "Hello\nthere"), cue(3_603_000, 3_604_000, "Bye")]);
}

#[test]
fn reads_odd_subrip() {
    let odd = "\u{feff}00:01.5 --> 00:02.25 X1:40 X2:600\r\nno number, no hours, dots\r\n\
               7\r\n00:00:03,000-->00:00:04,0\r\nno blank line before\r\n\r\nblank line inside\r\n\r\n\r\n\
               8\r\n00:00:09,000 --> 00:00:05,000\r\nends early\r\n\r\n9\r\n00:00:10,000 --> 00:00:11,000\r\n\r\n";
    assert_eq!(
        parse(odd.as_bytes()),
        [
            cue(1500, 2250, "no number, no hours, dots"),
            cue(3000, 4000, "no blank line before\nblank line inside"),
            cue(9000, 9000, "ends early"),
        ]
    );
}

#[test]
fn a_number_that_is_said_is_no_cue_number() {
    let cues =
        parse(b"1\n00:00:01,000 --> 00:00:02,000\n42\n\n2\n00:00:03,000 --> 00:00:04,000\nis the answer");
    assert_eq!(cues, [cue(1000, 2000, "42"), cue(3000, 4000, "is the answer")]);
}

#[test]
fn reads_webvtt_without_its_comments() {
    let cues = parse(b"WEBVTT - title\n\nNOTE not\nshown\n\nid\n00:01.000 --> 00:02.000 align:start\nshown\n\nintro\n00:03.000 --> 00:04.000\nb\n\nSTYLE\n::cue{}\n");
    assert_eq!(cues, [cue(1000, 2000, "shown"), cue(3000, 4000, "b")]);
}

#[test]
fn reads_sjson_and_other_encodings() {
    assert_eq!(
        parse(br#"{"start": [0, 1500], "end": [1500, 3000.7], "text": ["a", "  "]}"#),
        [cue(0, 1500, "a")]
    );
    assert_eq!(parse(b"00:00:01,000 --> 00:00:02,000\ncaf\xe9"), [cue(1000, 2000, "café")]);
    let utf16: Vec<u8> =
        "\u{feff}00:00:01,000 --> 00:00:02,000\n日本".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse(&utf16), [cue(1000, 2000, "日本")]);
}

#[test]
fn what_is_no_transcript_has_no_cues() {
    for nothing in
        [&b""[..], b"<html>", b"{", b"{\"start\": 1}", b"99999999999999999999:00:00,0 --> 00:00:01,0\nx"]
    {
        assert_eq!(parse(nothing), []);
    }
    assert_eq!(parse(b"0:0:0 --> 999999:00:00\nx")[0].end, 360_000_000);
}

#[test]
fn webvtt_escapes_what_it_does_not_know() {
    let cues = [cue(1000, 3_723_004, "<I>a</I> <font color=\"red\">b</font> 1 < 2 & 3 --> &lt;\nx")];
    assert_eq!(
        vtt(&cues),
        "WEBVTT\n\n00:00:01.000 --> 01:02:03.004\n<i>a</i> b 1 &lt; 2 &amp; 3 --&gt; &lt;\nx\n"
    );
}

#[test]
fn writes_what_reads_back_the_same() {
    let cues = [cue(1000, 2000, "a\nb"), cue(2000, 3000, "c")];
    assert_eq!(parse(srt(&cues).as_bytes()), cues);
    assert_eq!(parse(vtt(&cues).as_bytes()), cues);
    assert_eq!(parse(sjson(&cues).to_string().as_bytes()), cues);
    assert_eq!(txt(&cues), "a b\nc");
    assert_eq!(sjson(&cues), json!({"start": [1000, 2000], "end": [2000, 3000], "text": ["a\nb", "c"]}));
}
