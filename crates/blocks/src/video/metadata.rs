//! What clients written for the reference player read from `data-metadata` (student-view-html §4 "video").

use serde_json::{Value, json};
use xblock::{Block, BlockCx};

use super::{language, settings::Settings};

/// How much of a video is to be seen before it counts as complete.
const COMPLETION_PERCENTAGE: f64 = 0.95;

/// Returns the player's settings. Handler URLs lose their trailing slash except the one for completion.
pub(super) fn of(block: &Block<'_>, settings: &Settings<'_>, cx: &BlockCx<'_>) -> Value {
    let url = |handler: &str, suffix: &str| {
        let url = cx.urls.handler_url(block.usage, handler, suffix);
        url.strip_suffix('/').map(str::to_owned).unwrap_or(url)
    };
    let mut languages: Vec<_> =
        settings.transcripts.keys().map(|code| (code.as_ref(), language::name(code))).collect();
    languages.sort_by_key(|(_, name)| *name);
    let languages: serde_json::Map<_, _> =
        languages.into_iter().map(|(code, name)| (code.to_owned(), Value::from(name))).collect();
    let streams: Vec<_> = settings.youtube.iter().map(|(speed, id)| [speed, ":", id].concat()).collect();
    json!({
        "autoAdvance": block.flag("auto_advance"),
        "autohideHtml5": false,
        "autoplay": false,
        "captionDataDir": null,
        "completionEnabled": !cx.learner.anonymous,
        "completionPercentage": COMPLETION_PERCENTAGE,
        "duration": null,
        "end": settings.end,
        "generalSpeed": block.float("global_speed").unwrap_or(1.0),
        "lmsRootURL": "",
        "poster": null,
        "prioritizeHls": false,
        "publishCompletionUrl": cx.urls.handler_url(block.usage, "publish_completion", ""),
        "recordedYoutubeIsAvailable": block.flag("youtube_is_available"),
        "savedVideoPosition": super::settings::seconds(&block.value("saved_video_position")),
        "saveStateEnabled": true,
        "saveStateUrl": url("ajax_handler", "save_user_state"),
        "showCaptions": if block.flag("show_captions") { "true" } else { "false" },
        "sources": settings.sources,
        "speed": block.float("speed"),
        "start": settings.start,
        "streams": streams.join(","),
        "transcriptAvailableTranslationsUrl": url("transcript", "available_translations"),
        "aiTranslationsUrl": null,
        "transcriptLanguage": settings.language(&block.text("transcript_language")),
        "transcriptLanguages": languages,
        "transcriptTranslationUrl": url("transcript", "translation/__lang__"),
        "ytApiUrl": null,
        "ytMetadataEndpoint": null,
        "ytTestTimeout": 1500,
    })
}
