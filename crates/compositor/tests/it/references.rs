//! The index of a context's references.

use crate::world::World;

#[tokio::test]
async fn references_of_a_course_come_in_document_order_with_their_groups() {
    let world = World::new();
    let reference = |id: &str, more: &str| {
        format!("<random_lib_ref url_name='{id}' library_key='lib:O:L' library_version='1' {more}/>")
    };
    world.course(
        1,
        &format!(
            "<chapter url_name='c'><sequential url_name='s'><vertical url_name='z'>{}{}</vertical>\
             <vertical url_name='a'><html url_name='h'/>{}<itembank url_name='bank'><problem url_name='p'/></itembank>{}</vertical>\
             </sequential></chapter>",
            reference("r9", "group='quiz'"),
            reference("r8", "group='no spaces'"),
            reference("r7", "group='quiz'"),
            reference("r6", "")
        ),
    );
    let located = world.locate("block-v1:edX+UseLib+1+type@course+block@course").await;
    let references = world.plans.references(&located.structure).await.unwrap();
    let ids = |placed: &[std::sync::Arc<compositor::PlacedReference>]| -> Vec<String> {
        placed.iter().map(|placed| placed.usage.block_id().to_owned()).collect()
    };
    let all: Vec<_> = references.iter().cloned().collect();
    assert_eq!(ids(&all), ["r9", "r8", "r7", "r6"], "a bank is no reference");
    assert_eq!(all[1].findings[0].code, "group_invalid");
    assert_eq!(references.groups().map(|(id, _)| &**id).collect::<Vec<_>>(), ["quiz"]);
    assert_eq!(ids(references.group("quiz")), ["r9", "r7"]);
    assert!(references.group("").is_empty());
    assert!(references.get(all[0].node).is_some() && references.get(located.node).is_none());
}
