//! CREATE and DROP of views and routines, which the log keeps as the text of their statement.

use canopy_planner::bind::{CreateRoutine, CreateView, DropDefinition, StatementOption};
use canopy_planner::catalog::{RoutineKind, RoutineSource};
use canopy_txn::{DefinitionKind, TxnError};

use super::{Outcome, StatementRun, ddl};
use crate::error::{ErrorKind, Result, ServerError};

/// The kind of a routine in the log.
pub(crate) fn routine_kind(kind: RoutineKind) -> DefinitionKind {
    match kind {
        RoutineKind::Function => DefinitionKind::Function,
        RoutineKind::TableFunction => DefinitionKind::TableFunction,
        RoutineKind::Procedure => DefinitionKind::Procedure,
    }
}

/// BigQuery's word for the kind: views are tables to it, all else are routines.
fn word(kind: DefinitionKind) -> &'static str {
    match kind {
        DefinitionKind::View => "Table",
        _ => "Routine",
    }
}

/// What is to be created.
struct New<'a> {
    kind: DefinitionKind,
    name: &'a [String],
    or_replace: bool,
    if_not_exists: bool,
    options: &'a [StatementOption],
    statement: &'a str,
}

/// Runs CREATE VIEW.
pub(super) async fn create_view(statement: &StatementRun<'_>, create: CreateView) -> Result<Outcome> {
    if create.temporary {
        return Err(ServerError::new(ErrorKind::Unsupported, "CREATE TEMP VIEW is not supported"));
    }
    let new = New {
        kind: DefinitionKind::View,
        name: &create.name,
        or_replace: create.or_replace,
        if_not_exists: create.if_not_exists,
        options: &create.options,
        statement: &create.statement,
    };
    self::create(statement, new).await
}

/// Runs CREATE FUNCTION and its like; a temporary one is the session's.
pub(super) async fn create_routine(statement: &StatementRun<'_>, create: CreateRoutine) -> Result<Outcome> {
    if create.temporary {
        let name = create.name.last().cloned().unwrap_or_default();
        let message = format!("Created temporary routine {name}");
        let (kind, statement_text) = (create.kind, create.statement);
        if !statement.run.dry_run {
            statement.run.session.add_routine(RoutineSource { name, kind, statement: statement_text });
        }
        return Ok(Outcome::message(message));
    }
    let new = New {
        kind: routine_kind(create.kind),
        name: &create.name,
        or_replace: create.or_replace,
        if_not_exists: create.if_not_exists,
        options: &create.options,
        statement: &create.statement,
    };
    self::create(statement, new).await
}

async fn create(statement: &StatementRun<'_>, new: New<'_>) -> Result<Outcome> {
    let (dataset, name) = ddl::new_table_path(statement, new.name)?;
    let path = format!("{dataset}.{name}");
    let (kind, kind_word) = (new.kind, new.kind.word());
    let exists = statement.snapshot.definition(&dataset, kind, &name).is_some();
    if exists && new.if_not_exists {
        return Ok(Outcome::message(format!("{} {path} exists already", capital(kind_word))));
    }
    let mut transaction = statement.transaction();
    if exists && new.or_replace {
        transaction.drop_definition(&dataset, kind, &name)?;
    }
    let options = ddl::stored_options(new.options, &[], &[]);
    transaction.create_definition(&dataset, kind, &name, new.statement, options).map_err(
        |error| match error {
            TxnError::NotFound { .. } => {
                ServerError::new(ErrorKind::NotFound, format!("Not found: Dataset {dataset}"))
            }
            error => ddl::worded(error, word(kind), &path),
        },
    )?;
    statement.commit(transaction).await?;
    let done = if exists { "Replaced" } else { "Created" };
    Ok(Outcome::message(format!("{done} {kind_word} {path}")))
}

/// Runs DROP VIEW, DROP FUNCTION and their like.
pub(super) async fn drop(statement: &StatementRun<'_>, drop: DropDefinition) -> Result<Outcome> {
    let kind = drop.routine.map_or(DefinitionKind::View, routine_kind);
    if let (Some(kind), [name]) = (drop.routine, drop.name.as_slice())
        && statement.run.session.remove_routine(kind, name)
    {
        return Ok(Outcome::message(format!("Dropped temporary routine {name}")));
    }
    let (dataset, name) = ddl::new_table_path(statement, &drop.name)?;
    let path = format!("{dataset}.{name}");
    if statement.snapshot.definition(&dataset, kind, &name).is_none() {
        if kind == DefinitionKind::View && statement.snapshot.table(&dataset, &name).is_some() {
            return Err(ServerError::invalid(format!("{path} is not a view; use DROP TABLE")));
        }
        return match drop.if_exists {
            true => Ok(Outcome::message(format!("{} {path} does not exist", capital(kind.word())))),
            false => {
                let message = format!("Not found: {} {path}", word(kind));
                Err(ServerError::new(ErrorKind::NotFound, message))
            }
        };
    }
    let mut transaction = statement.transaction();
    transaction.drop_definition(&dataset, kind, &name)?;
    statement.commit(transaction).await?;
    Ok(Outcome::message(format!("Dropped {} {path}", kind.word())))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default() + letters.as_str()
}
