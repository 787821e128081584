//! Sessions end, drafts are not overwritten unseen, personal links are found.

use ledger::store::{Draft, DraftPut, MemberLink, Session, Store};

use super::engine::Place;

on_both_engines!(
    a_session_ends_at_its_hour,
    a_session_is_closed_alone_or_with_all_of_its_owner,
    a_draft_changes_only_from_the_version_that_was_seen,
    of_two_hands_on_one_draft_exactly_one_wins,
    drafts_are_listed_by_kind_and_closed,
    what_is_over_is_swept,
    a_personal_link_leads_to_its_member,
);

fn session(secret: u8, who: &str) -> Session {
    Session {
        secret_sha256: [secret; 32],
        who: who.to_owned(),
        role: "trésorière".to_owned(),
        csrf: format!("csrf-{secret}"),
        created_ms: 1_000,
        expires_ms: 2_000,
    }
}

fn draft(id: &str, kind: &str) -> Draft {
    Draft {
        id: id.to_owned(),
        kind: kind.to_owned(),
        payload: r#"{"parts":"10","nom":"L’Écluse"}"#.to_owned(),
        created_ms: 1_000,
        expires_ms: 2_000,
        version: 1,
    }
}

async fn a_session_ends_at_its_hour(place: Place) {
    let book = place.book().await;
    book.open_session(&session(1, "m_1")).await.expect("opened");
    assert_eq!(book.session([1; 32], 1_000).await, Ok(Some(session(1, "m_1"))));
    assert_eq!(book.session([1; 32], 1_999).await, Ok(Some(session(1, "m_1"))));
    assert_eq!(book.session([1; 32], 2_000).await, Ok(None));
    assert_eq!(book.session([2; 32], 1_000).await, Ok(None));
    assert!(book.open_session(&session(1, "m_2")).await.is_err(), "one secret, one session");
    assert_eq!(book.session([1; 32], 1_000).await, Ok(Some(session(1, "m_1"))));
    book.close().await;
}

async fn a_session_is_closed_alone_or_with_all_of_its_owner(place: Place) {
    let book = place.book().await;
    for (secret, who) in [(1, "m_1"), (2, "m_1"), (3, "m_1"), (4, "m_2")] {
        book.open_session(&session(secret, who)).await.expect("opened");
    }
    book.close_session([1; 32]).await.expect("closed");
    book.close_session([1; 32]).await.expect("closed already");
    assert_eq!(book.session([1; 32], 1_000).await, Ok(None));
    assert!(book.session([2; 32], 1_000).await.is_ok_and(|session| session.is_some()));
    assert_eq!(book.close_sessions_of("m_1").await, Ok(2));
    assert_eq!(book.session([2; 32], 1_000).await, Ok(None));
    assert!(book.session([4; 32], 1_000).await.is_ok_and(|session| session.is_some()));
    book.close().await;
}

async fn a_draft_changes_only_from_the_version_that_was_seen(place: Place) {
    let book = place.book().await;
    let first = draft("d_1", "subscription");
    assert_eq!(book.draft("d_1").await, Ok(None));
    assert_eq!(book.put_draft(&first, Some(1)).await, Ok(DraftPut::Stale), "none yet");
    assert_eq!(book.put_draft(&first, None).await, Ok(DraftPut::Kept(1)));
    assert_eq!(book.put_draft(&first, None).await, Ok(DraftPut::Stale), "one already");
    let changed = Draft { payload: "{}".to_owned(), expires_ms: 9_000, ..first.clone() };
    assert_eq!(book.put_draft(&changed, Some(2)).await, Ok(DraftPut::Stale));
    assert_eq!(book.draft("d_1").await, Ok(Some(first)));
    assert_eq!(book.put_draft(&changed, Some(1)).await, Ok(DraftPut::Kept(2)));
    assert_eq!(book.put_draft(&changed, Some(1)).await, Ok(DraftPut::Stale));
    assert_eq!(book.draft("d_1").await, Ok(Some(Draft { version: 2, ..changed })));
    book.close().await;
}

async fn of_two_hands_on_one_draft_exactly_one_wins(place: Place) {
    let one = place.book().await;
    let two = Store::open(&place.target).await.expect("opened");
    let shared = draft("d_1", "closing");
    one.put_draft(&shared, None).await.expect("kept");
    for version in 1..20 {
        let (left, right) = tokio::join!(
            one.put_draft(&shared, Some(version)),
            two.put_draft(&shared, Some(version))
        );
        let mut both = [left.expect("answered"), right.expect("answered")];
        both.sort_by_key(|put| *put == DraftPut::Stale);
        assert_eq!(both, [DraftPut::Kept(version + 1), DraftPut::Stale]);
    }
    one.close().await;
    two.close().await;
}

async fn drafts_are_listed_by_kind_and_closed(place: Place) {
    let book = place.book().await;
    for (id, kind, created_ms) in [("c", "a", 3), ("a", "a", 5), ("b", "a", 3), ("d", "z", 1)] {
        let kept = Draft { created_ms, ..draft(id, kind) };
        book.put_draft(&kept, None).await.expect("kept");
    }
    let ids = async |kind: &str| -> Vec<String> {
        let drafts = book.drafts_of_kind(kind).await.expect("drafts");
        drafts.into_iter().map(|draft| draft.id).collect()
    };
    assert_eq!(ids("a").await, ["b", "c", "a"]);
    assert_eq!(book.close_draft("c").await, Ok(true));
    assert_eq!(book.close_draft("c").await, Ok(false));
    assert_eq!(ids("a").await, ["b", "a"]);
    assert_eq!(ids("none").await, [""; 0]);
    book.close().await;
}

async fn what_is_over_is_swept(place: Place) {
    let book = place.book().await;
    book.open_session(&session(1, "m_1")).await.expect("opened");
    book.put_draft(&draft("d_1", "subscription"), None).await.expect("kept");
    let lasting = Draft { expires_ms: 3_000, ..draft("d_2", "subscription") };
    book.put_draft(&lasting, None).await.expect("kept");
    assert_eq!(book.sweep(1_999).await, Ok(0));
    assert_eq!(book.sweep(2_000).await, Ok(2));
    assert_eq!(book.draft("d_1").await, Ok(None));
    assert_eq!(book.draft("d_2").await, Ok(Some(lasting)));
    book.close().await;
}

async fn a_personal_link_leads_to_its_member(place: Place) {
    let book = place.book().await;
    for (secret, member) in [(1, "m_1"), (2, "m_1"), (3, "m_2")] {
        let link =
            MemberLink { secret_sha256: [secret; 32], member: member.to_owned(), created_ms: 1 };
        book.put_link(&link).await.expect("kept");
    }
    assert_eq!(book.member_of_link([2; 32]).await, Ok(Some("m_1".to_owned())));
    assert_eq!(book.member_of_link([9; 32]).await, Ok(None));
    assert_eq!(book.close_links_of("m_1").await, Ok(2));
    assert_eq!(book.member_of_link([1; 32]).await, Ok(None));
    assert_eq!(book.member_of_link([3; 32]).await, Ok(Some("m_2".to_owned())));
    book.close().await;
}
