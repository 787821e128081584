//! The store's promises, kept alike by both engines: the same suite on `SQLite` and `PostgreSQL`.
//!
//! `SQLite` always runs; `PostgreSQL` where `TEST_DATABASE_URL` names a server (`tests/postgres`
//! starts one), each case in a database of its own.

pub(crate) mod engine;

/// Makes of each case one test an engine.
macro_rules! on_both_engines {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::store::engine::on_sqlite(super::$case).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::store::engine::on_postgres(super::$case).await;
            })*
        }
    };
}

mod checkpoints;
mod cosignatures;
mod log;
mod opening;
mod portal;
mod reading;
mod vault;
mod writers;
