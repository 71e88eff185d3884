//! Views and routines, names of tables, options of datasets: staged, committed, kept by checkpoints.

use crate::{DefinitionKind, Log, Options, Transaction, TxnError};

use super::support::{log, memory, options, schema};

async fn with_view() -> (std::sync::Arc<dyn canopy_storage::ObjectStore>, Log) {
    let store = memory();
    let log = log(&store, 1).await;
    let mut transaction = Transaction::begin(&log).await.unwrap();
    transaction.create_table("main", "t", schema(), Options::default()).unwrap();
    let text = "CREATE VIEW v AS SELECT 1 AS x";
    transaction.create_definition("main", DefinitionKind::View, "v", text, Options::default()).unwrap();
    transaction
        .create_definition(
            "main",
            DefinitionKind::Function,
            "v",
            "CREATE FUNCTION v() AS (1)",
            Options::default(),
        )
        .unwrap();
    transaction.commit().await.unwrap();
    (store, log)
}

#[tokio::test]
async fn a_name_is_a_table_or_a_view() {
    let (_, log) = with_view().await;
    let mut transaction = Transaction::begin(&log).await.unwrap();
    let taken = |result: crate::Result<()>| assert!(matches!(result, Err(TxnError::AlreadyExists { .. })));
    taken(transaction.create_table("main", "v", schema(), Options::default()).map(drop));
    taken(transaction.create_definition("main", DefinitionKind::View, "t", "", Options::default()));
    taken(transaction.create_definition("main", DefinitionKind::Function, "v", "", Options::default()));
    let table = transaction.base().table("main", "t").unwrap().id;
    taken(transaction.rename_table(table, "v"));
    transaction.create_definition("main", DefinitionKind::Procedure, "t", "", Options::default()).unwrap();
    assert!(transaction.drop_dataset("main").is_err());
}

#[tokio::test]
async fn checkpoints_and_records_keep_them() {
    let (store, log) = with_view().await;
    let mut transaction = Transaction::begin(&log).await.unwrap();
    let table = transaction.base().table("main", "t").unwrap().id;
    transaction.rename_table(table, "renamed").unwrap();
    transaction.set_dataset_options("main", Options::from([("description".into(), "d".into())])).unwrap();
    transaction.drop_definition("main", DefinitionKind::Function, "v").unwrap();
    transaction.commit().await.unwrap();
    let check = |snapshot: &crate::Snapshot| {
        let view = snapshot.definition("main", DefinitionKind::View, "v").unwrap();
        assert_eq!(&*view.statement, "CREATE VIEW v AS SELECT 1 AS x");
        assert!(view.created_us > 0);
        assert!(snapshot.definition("main", DefinitionKind::Function, "v").is_none());
        assert_eq!(snapshot.definitions_of("main").count(), 1);
        assert_eq!(snapshot.table("main", "renamed").unwrap().id, table);
        assert!(snapshot.table("main", "t").is_none());
        assert_eq!(snapshot.dataset("main").unwrap().options["description"], "d");
    };
    check(&log.snapshot().await.unwrap());
    check(&Log::open(store.clone(), options(2)).await.unwrap().snapshot().await.unwrap());
    log.checkpoint().await.unwrap();
    check(&Log::open(store.clone(), options(3)).await.unwrap().snapshot().await.unwrap());
}

#[tokio::test]
async fn the_first_of_two_creators_wins() {
    let (_, log) = with_view().await;
    let mut first = Transaction::begin(&log).await.unwrap();
    let mut second = Transaction::begin(&log).await.unwrap();
    for transaction in [&mut first, &mut second] {
        transaction.create_definition("main", DefinitionKind::View, "w", "", Options::default()).unwrap();
    }
    first.commit().await.unwrap();
    assert!(second.commit().await.is_err());
}
