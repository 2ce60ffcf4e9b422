//! The rows of docs/BENCHMARKS.md that are measured in one process, without HTTP.
//!
//! `…_render` is the pure half of a request, from gathered values to HTML; `…_show` is the whole road on SQLite,
//! for which the time includes the way to the database's threads and back.

use std::sync::OnceLock;

use benches::{
    BigBundle, Fixture, content,
    fixture::{answer, check, path},
};
use divan::{Bencher, black_box};
use learning_context::{Action, VersionSelector};
use opaque_keys::UsageKey;
use server::runtime::{compose::compose, find, links::BlockUrls, render::render};
use xblock::{BlockCx, Effects, Site, View};

static FIXTURE: OnceLock<Fixture> = OnceLock::new();

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fixture = Fixture::open(folder.path()).expect("a store with the content");
    assert!(FIXTURE.set(fixture).is_ok(), "the store is opened once");
    divan::main();
}

fn fixture() -> &'static Fixture {
    FIXTURE.get().expect("opened by main")
}

#[divan::bench]
fn key_parse(bencher: Bencher<'_, '_>) {
    bencher.bench(|| black_box(content::HTML).parse::<UsageKey>());
}

fn bench_render(bencher: Bencher<'_, '_>, key: &str) {
    let fixture = fixture();
    let scene = fixture.scene(key).expect("the page");
    let view = View::student();
    bencher.bench_local(|| render(&fixture.app, &fixture.learner, &scene, &view, None).expect("a view"));
}

fn bench_show(bencher: Bencher<'_, '_>, key: &str) {
    let fixture = fixture();
    let (path, view) = (path(key).expect("a key"), View::student());
    bencher.bench_local(|| fixture.show(&fixture.learner, &path, &view).expect("a view"));
}

#[divan::bench]
fn html_render(bencher: Bencher<'_, '_>) {
    bench_render(bencher, content::HTML);
}

#[divan::bench]
fn html_show_anonymous(bencher: Bencher<'_, '_>) {
    let fixture = fixture();
    let (path, view) = (path(content::HTML).expect("a key"), View("public_view".to_owned()));
    bencher.bench_local(|| fixture.show(&fixture.anonymous, &path, &view).expect("a view"));
}

#[divan::bench]
fn choice_render(bencher: Bencher<'_, '_>) {
    bench_render(bencher, content::CHOICE);
}

#[divan::bench]
fn choice_show(bencher: Bencher<'_, '_>) {
    bench_show(bencher, content::CHOICE);
}

#[divan::bench]
fn ten_render(bencher: Bencher<'_, '_>) {
    bench_render(bencher, content::TEN);
}

#[divan::bench]
fn ten_show(bencher: Bencher<'_, '_>) {
    bench_show(bencher, content::TEN);
}

#[divan::bench]
fn thirty_render(bencher: Bencher<'_, '_>) {
    bench_render(bencher, content::THIRTY);
}

#[divan::bench]
fn thirty_show(bencher: Bencher<'_, '_>) {
    bench_show(bencher, content::THIRTY);
}

#[divan::bench]
fn stress_compose(bencher: Bencher<'_, '_>) {
    let fixture = fixture();
    let path = path(content::STRESS).expect("a key");
    let work = find(&fixture.app, &fixture.learner, &path, Action::Learn);
    let found = fixture.runtime.block_on(work).expect("the unit");
    bencher.bench_local(|| {
        let work = compose(&fixture.app, &fixture.learner, &found);
        fixture.runtime.block_on(work).expect("the composition")
    });
}

#[divan::bench]
fn stress_render(bencher: Bencher<'_, '_>) {
    bench_render(bencher, content::STRESS);
}

#[divan::bench]
fn stress_show(bencher: Bencher<'_, '_>) {
    bench_show(bencher, content::STRESS);
}

/// Grades an answer and renders the problem anew, as the handler answers it; nothing is stored.
fn bench_grade(bencher: Bencher<'_, '_>, key: &str) {
    let fixture = fixture();
    let scene = fixture.scene(key).expect("the problem");
    let form = answer(&scene.blocks[0]);
    let request = check(&form);
    let now = fixture.app.clock.now();
    let urls = BlockUrls {
        app: &fixture.app,
        learner: &fixture.learner.info.id,
        asked: VersionSelector::Auto,
        now: now.unix_timestamp(),
        return_url: None,
    };
    bencher.bench_local(|| {
        let mut cx = BlockCx {
            site: Site::Learn,
            learner: &fixture.learner.info,
            now,
            language: "en",
            templates: &fixture.app.shared.templates,
            urls: &urls,
            rewrite: &str::to_owned,
            math: &renderer::math::formula,
            children: &[],
            random: 7,
            grader: None,
            effects: Effects::default(),
        };
        let block = scene.block(0);
        let answer =
            scene.root_type().handle(&block, "xmodule_handler", &request, &mut cx).expect("an answer");
        assert_eq!(answer.status, 200);
        (answer, cx.effects)
    });
}

#[divan::bench]
fn grade_choice(bencher: Bencher<'_, '_>) {
    bench_grade(bencher, content::CHOICE);
}

#[divan::bench]
fn grade_number(bencher: Bencher<'_, '_>) {
    bench_grade(bencher, content::NUMBER);
}

/// Commits a draft with one changed file; writing the draft is not counted.
fn bench_commit(bencher: Bencher<'_, '_>, files: usize) {
    let bundle = BigBundle::new(fixture(), files).expect("the bundle");
    bencher
        .with_inputs(|| bundle.edit().expect("the draft takes it"))
        .bench_local_values(|()| bundle.commit().expect("a version"));
}

#[divan::bench]
fn commit_100(bencher: Bencher<'_, '_>) {
    bench_commit(bencher, 100);
}

#[divan::bench]
fn commit_10000(bencher: Bencher<'_, '_>) {
    bench_commit(bencher, 10_000);
}

/// Changes a file in a draft and commits it.
#[divan::bench]
fn edit_and_commit_10000(bencher: Bencher<'_, '_>) {
    let bundle = BigBundle::new(fixture(), 10_000).expect("the bundle");
    bencher.bench_local(|| {
        bundle.edit().expect("the draft takes it");
        bundle.commit().expect("a version")
    });
}
