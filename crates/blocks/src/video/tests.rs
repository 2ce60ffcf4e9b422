use serde_json::{Value, json};
use xblock::{HandlerRequest, Published, Scope};

use super::Video;
use crate::testing::{Fixture, POST, Page, body, state};

fn with_files() -> Fixture {
    Fixture::new(
        &Video,
        json!({
            "display_name": "Waves \"&\" tides",
            "html5_sources": ["/static/waves.mp4", "https://cdn.test/waves.webm?x=1"],
            "start_time": "00:01:05",
            "end_time": "00:02:00",
            "transcripts": {"en": "waves.srt", "de": "/static/waves-de.srt", "no good": "x.srt"},
            "thumbnail": "/static/waves.png",
            "download_video": true,
            "download_track": true,
            "youtube_id_1_0": "abc-_1",
        }),
    )
}

fn get<'a>(suffix: &'a str, query: &'a [(String, String)]) -> HandlerRequest<'a> {
    HandlerRequest { method: "GET", suffix, query, ..POST }
}

#[test]
fn files_play_in_the_browsers_own_player_with_captions() {
    let (fragment, html, effects) = with_files().view();
    let page = Page::new(&html);
    assert!(effects.is_empty());
    assert_eq!(page.text("h3"), "Waves \"&\" tides");
    assert_eq!(page.attr("video", "preload").unwrap(), "metadata");
    assert_eq!(page.attr("video", "poster").unwrap(), "/static/waves.png");
    assert_eq!(page.attr("source[type='video/mp4']", "src").unwrap(), "/static/waves.mp4");
    assert_eq!(
        page.attr("source[type='video/webm']", "src").unwrap(),
        "https://cdn.test/waves.webm?x=1#t=65,120"
    );
    assert_eq!(
        page.attr("track[srclang=en][default]", "src").unwrap(),
        "https://learn.test/lb:Org:lib:video:b1/handler/transcript/vtt/en"
    );
    assert_eq!(page.attr("track[srclang=de]", "label").unwrap(), "Deutsch");
    assert_eq!(page.count("track"), 2);
    assert_eq!(page.count("a.video-download-button[href='/static/waves.mp4']"), 1);
    assert_eq!(page.count("li.transcript-option a[data-value=txt]"), 2);
    assert_eq!(page.count("a[href*=youtube], iframe"), 0);
    assert!(html.contains("src=\"/static/waves.mp4\""), "static links must stay visible to the rewriting");
    assert_eq!(fragment.js_init.unwrap().function, "Video");
}

#[test]
fn clients_of_the_reference_player_find_their_settings() {
    let mut fixture = with_files();
    fixture.user_state = state("saved_video_position", json!("00:01:30"));
    let (_, html, _) = fixture.view();
    let metadata = Page::new(&html).attr("div.video", "data-metadata").unwrap();
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    assert_eq!(metadata["streams"], "1.00:abc-_1");
    assert_eq!(metadata["savedVideoPosition"], 90.0);
    assert_eq!(metadata["transcriptLanguages"], json!({"de": "Deutsch", "en": "English"}));
    assert_eq!(metadata["showCaptions"], "true");
    let base = "https://learn.test/lb:Org:lib:video:b1/handler";
    assert_eq!(metadata["saveStateUrl"], format!("{base}/ajax_handler/save_user_state"));
    assert_eq!(metadata["publishCompletionUrl"], format!("{base}/publish_completion/"));
    assert_eq!(metadata["transcriptTranslationUrl"], format!("{base}/transcript/translation/__lang__"));
}

#[test]
fn youtube_is_a_link_until_it_is_clicked() {
    let fixture = Fixture::new(&Video, json!({"youtube_id_1_0": "abc", "start_time": "00:00:10"}));
    let (_, html, _) = fixture.view();
    let page = Page::new(&html);
    assert_eq!(page.count("iframe, img, video, script, link"), 0);
    let link = "a.video-youtube-link";
    assert_eq!(page.attr(link, "href").unwrap(), "https://www.youtube.com/watch?v=abc&t=10");
    assert_eq!(
        page.attr(link, "data-embed-url").unwrap(),
        "https://www.youtube-nocookie.com/embed/abc?autoplay=1&rel=0&start=10"
    );
}

#[test]
fn ids_and_links_that_could_do_harm_are_left_out() {
    let fixture = Fixture::new(
        &Video,
        json!({"youtube_id_1_0": "a\"&b", "handout": "javascript:alert(1)", "html5_sources": [1, " "]}),
    );
    let (_, html, _) = fixture.view();
    let page = Page::new(&html);
    assert_eq!(page.count("a"), 0);
    assert_eq!(page.text(".video-error"), "No playable video sources found.");
}

#[test]
fn captions_are_converted_from_the_file_the_server_hands_in() {
    let fixture = with_files();
    let srt = "1\n00:00:01,000 --> 00:00:02,000\nHi\n".as_bytes().to_vec();
    let request = get("vtt/de", &[]);
    let wanted = fixture.block(|b| super::handlers::assets(b, "transcript", &request));
    assert_eq!(wanted, ["waves-de.srt"]);
    let assets = [("waves-de.srt".to_owned(), srt)];
    let answer = fixture.call("transcript", &HandlerRequest { assets: &assets, ..request }).0.unwrap();
    assert_eq!(answer.headers, [("Content-Type", "text/vtt; charset=utf-8".to_owned())]);
    assert_eq!(answer.body, b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHi\n");

    let request = HandlerRequest { assets: &assets, ..get("translation/de/", &[]) };
    let answer = fixture.call("transcript", &request).0;
    assert_eq!(body(&answer), json!({"start": [1000], "end": [2000], "text": ["Hi"]}));

    let query = [("lang".to_owned(), "de".to_owned()), ("format".to_owned(), "txt".to_owned())];
    let request = HandlerRequest { assets: &assets, ..get("download", &query) };
    let answer = fixture.call("transcript", &request).0.unwrap();
    assert_eq!(answer.headers[1].1, "attachment; filename=\"waves-de_de.txt\"");
    assert_eq!(answer.body, b"Hi");
}

#[test]
fn transcripts_that_are_not_there_are_told_apart() {
    let fixture = with_files();
    let status = |suffix| fixture.call("transcript", &get(suffix, &[])).0.unwrap().status;
    assert_eq!(status("translation"), 400);
    assert_eq!(status("translation/fr"), 404);
    assert_eq!(status("vtt/en"), 404);
    assert_eq!(status("nonsense"), 404);
    let answer = fixture.call("transcript", &get("available_translations/", &[])).0;
    assert_eq!(body(&answer), json!(["de", "en"]));
    let bare = Fixture::new(&Video, json!({}));
    let answer = bare.call("transcript", &get("available_translations", &[])).0;
    assert_eq!(answer.unwrap().status, 404);
}

#[test]
fn old_timed_transcripts_are_looked_up_by_id() {
    let fixture = Fixture::new(&Video, json!({"sub": "abc"}));
    let wanted = fixture.block(|b| super::handlers::assets(b, "transcript", &get("vtt/en", &[])));
    assert_eq!(wanted, ["subs_abc.srt.sjson", "subs_abc.srt"]);
}

#[test]
fn player_state_goes_to_the_scopes_of_its_fields() {
    let form = [("saved_video_position", "0:01:05"), ("speed", "1.5"), ("unknown", "x")];
    let (answer, effects) = with_files().post_form("ajax_handler", "save_user_state", &form);
    assert_eq!(body(&answer), json!({"success": true}));
    let set: Vec<_> = effects.set.iter().map(|e| (e.scope, e.field.as_str(), e.value.clone())).collect();
    assert_eq!(
        set,
        [
            (Scope::UserState, "saved_video_position", json!("00:01:05")),
            (Scope::UserState, "speed", json!(1.5)),
            (Scope::Preferences, "global_speed", json!(1.5)),
        ]
    );
}

#[test]
fn player_state_that_cannot_be_stored_changes_nothing() {
    for (name, value) in [
        ("speed", "NaN"),
        ("speed", "-1"),
        ("saved_video_position", "soon"),
        ("saved_video_position", "99:00:00"),
        ("transcript_language", "<en>"),
        ("transcript_download_format", "exe"),
    ] {
        let form = [("auto_advance", "true"), (name, value)];
        let (answer, effects) = with_files().post_form("ajax_handler", "save_user_state/", &form);
        assert_eq!(body(&answer)["success"], json!(false), "{name}={value}");
        assert!(effects.is_empty());
    }
    assert_eq!(with_files().post_form("ajax_handler", "other", &[]).0.unwrap().status, 404);
}

#[test]
fn completion_is_what_the_player_says() {
    let (_, effects) = with_files().post_json("publish_completion", "", &json!({"completion": 1.0}));
    assert_eq!(effects.published, [Published::Completion(1.0)]);
    let (answer, _) = with_files().post_json("publish_completion", "", &json!({"completion": 2}));
    assert_eq!(answer.unwrap().status, 400);
}

#[test]
fn user_state_is_given_with_its_defaults() {
    let (answer, _) = with_files().call("student_view_user_state", &get("", &[]));
    assert_eq!(body(&answer), json!({"saved_video_position": "00:00:00", "speed": null}));
}
