//! The conflict matrix: what may come after what, for two transactions based on the same state.

use canopy_format::{DataType, Field, Mode, Schema};

use super::support::*;
use crate::{Log, TableId, Transaction, TxnError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Append,
    RewriteFirst,
    RewriteSecond,
    Overwrite,
    DropTable,
    AddColumn,
    DropColumn,
    SetOptions,
    CreateTable,
    DropDataset,
}

use Operation::*;

const ALL: [Operation; 10] = [
    Append,
    RewriteFirst,
    RewriteSecond,
    Overwrite,
    DropTable,
    AddColumn,
    DropColumn,
    SetOptions,
    CreateTable,
    DropDataset,
];

/// A row: the operation that commits second. A column: the one that committed first, in the order of `ALL`.
/// `.` may come after, `x` conflicts.
const MATRIX: [(Operation, &str); 10] = [
    //               A12ODacSCE
    (Append, "        ...xx.x..."),
    (RewriteFirst, "  .x.xx.x..."),
    (RewriteSecond, " ..xxx.x..."),
    (Overwrite, "     xxxxx.x..."),
    (DropTable, "     ....x....."),
    (AddColumn, "     ...xxxx..."),
    (DropColumn, "    ...xxxx..."),
    (SetOptions, "    ....x..x.."),
    (CreateTable, "   ........xx"),
    (DropDataset, "   ........xx"),
];

async fn stage(operation: Operation, log: &Log, table: TableId, number: u128) -> Transaction {
    let mut transaction = Transaction::begin(log).await.unwrap();
    let new = file(log, table, number, 1).await;
    let files = transaction.base().table_by_id(table).unwrap().files().await.unwrap().files.clone();
    match operation {
        Append => transaction.append(table, vec![new]),
        RewriteFirst => transaction.rewrite(table, &files[..1], vec![new]),
        RewriteSecond => transaction.rewrite(table, &files[1..], vec![new]),
        Overwrite => transaction.overwrite(table, vec![new]),
        DropTable => transaction.drop_table(table),
        AddColumn => {
            let mut fields = schema().fields;
            fields.push(Field::scalar(3, "extra", DataType::Int64, Mode::Nullable));
            transaction.set_schema(table, Schema { fields, next_field_id: 4 })
        }
        DropColumn => {
            let fields = schema().fields[..1].to_vec();
            transaction.set_schema(table, Schema { fields, next_field_id: 3 })
        }
        SetOptions => transaction.set_options(table, Default::default()),
        CreateTable => transaction.create_table("empty", "b", schema(), Default::default()).map(drop),
        DropDataset => transaction.drop_dataset("empty"),
    }
    .unwrap();
    transaction
}

/// Commits `first`, then `second`, both staged on the same state; returns whether the second one passes.
async fn passes(first: Operation, second: Operation, reopened: bool) -> bool {
    let store = memory();
    let (one, two) = (log(&store, 1).await, log(&store, 2).await);
    let table = create_table(&one, "a").await;
    for number in [1, 2] {
        append(&one, table, number, 1).await.unwrap();
    }
    let mut transaction = Transaction::begin(&one).await.unwrap();
    transaction.create_dataset("empty", Default::default()).unwrap();
    transaction.commit().await.unwrap();
    let before = stage(first, &one, table, 10).await;
    let after = stage(second, &two, table, 11).await;
    before.commit().await.unwrap();
    if reopened {
        // The conflict must also be found by who knows the first transaction only from a checkpoint.
        one.checkpoint().await.unwrap();
        two.shared.forget_history().await;
    }
    match after.commit().await {
        Ok(_) => true,
        Err(TxnError::Conflict { .. }) => false,
        Err(error) => panic!("{second:?} after {first:?}: {error}"),
    }
}

#[tokio::test]
async fn what_may_come_after_what() {
    for (second, row) in MATRIX {
        for (first, cell) in ALL.into_iter().zip(row.trim().chars()) {
            for reopened in [false, true] {
                let passed = passes(first, second, reopened).await;
                assert_eq!(passed, cell == '.', "{second:?} after {first:?}, reopened {reopened}");
            }
        }
    }
}

#[tokio::test]
async fn messages_name_the_table_and_what_happened() {
    let store = memory();
    let (one, two) = (log(&store, 1).await, log(&store, 2).await);
    let table = create_table(&one, "a").await;
    append(&one, table, 1, 1).await.unwrap();
    let after = stage(Append, &two, table, 3).await;
    stage(Overwrite, &one, table, 2).await.commit().await.unwrap();
    let error = after.commit().await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(
        error.to_string(),
        "transaction aborted due to concurrent update: table main.a was overwritten at log position 4 by another transaction"
    );
}
