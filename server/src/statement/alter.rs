//! ALTER TABLE, ALTER SCHEMA, ALTER VIEW: all changes of a statement appear in one commit.

use canopy_planner::bind::{Alter, AlterTable};
use canopy_txn::{DefinitionKind, Options};

use super::{Outcome, StatementRun, constraint, create_table, ddl, insert, options};
use crate::error::{ErrorKind, Result, ServerError};

/// Runs ALTER TABLE; None when IF EXISTS found no table.
pub(super) async fn table(statement: &StatementRun<'_>, alter: Option<AlterTable>) -> Result<Outcome> {
    let Some(alter) = alter else { return Ok(Outcome::message("The table does not exist")) };
    let table = ddl::existing_table(statement, &alter.name)?;
    let path = table.path();
    let mut transaction = statement.transaction();
    let changed = alter.schema != *table.schema;
    if changed {
        ddl::check_writable(&table)?;
        transaction.set_schema(table.id, alter.schema.clone())?;
    }
    let mut wanted = Options::clone(&table.options);
    if !constraint::follow(&mut wanted, &alter.renamed, &alter.dropped) {
        return Err(ServerError::invalid(format!(
            "Cannot drop a column of table {path} that is part of a key; drop the key first"
        )));
    }
    ddl::follow_layout(&mut wanted, &path, &alter.renamed, &alter.dropped)?;
    options::set_of_table(&mut wanted, &alter.options)?;
    create_table::check_layout(&wanted, &alter.schema)?;
    for change in &alter.constraints {
        constraint::change(&mut wanted, &path, change)?;
    }
    if let Some(query) = alter.rewrite
        && !statement.run.dry_run
    {
        let schema = std::sync::Arc::new(alter.schema);
        let (files, _) = insert::write_query(statement, query, table.id, schema, &wanted).await?;
        transaction.overwrite(table.id, files)?;
    }
    if wanted != *table.options {
        transaction.set_options(table.id, wanted)?;
    }
    if let Some(name) = &alter.rename_to {
        let renamed = format!("{}.{name}", table.dataset);
        transaction.rename_table(table.id, name).map_err(|error| ddl::worded(error, "Table", &renamed))?;
    }
    statement.commit(transaction).await?;
    Ok(Outcome::message(format!("Altered table {path}")))
}

/// Runs ALTER SCHEMA.
pub(super) async fn schema(statement: &StatementRun<'_>, alter: Alter) -> Result<Outcome> {
    let name = ddl::dataset_name(&alter.name)?;
    let Some(dataset) = statement.snapshot.dataset(&name) else {
        return match alter.if_exists {
            true => Ok(Outcome::message(format!("Schema {name} does not exist"))),
            false => Err(ServerError::new(ErrorKind::NotFound, format!("Not found: Dataset {name}"))),
        };
    };
    let mut wanted = Options::clone(&dataset.options);
    options::set_of_dataset(&mut wanted, &alter.options)?;
    let mut transaction = statement.transaction();
    transaction.set_dataset_options(&name, wanted)?;
    statement.commit(transaction).await?;
    Ok(Outcome::message(format!("Altered schema {name}")))
}

/// Runs ALTER VIEW.
pub(super) async fn view(statement: &StatementRun<'_>, alter: Alter) -> Result<Outcome> {
    let (dataset, name) = ddl::new_table_path(statement, &alter.name)?;
    let path = format!("{dataset}.{name}");
    let Some(view) = statement.snapshot.definition(&dataset, DefinitionKind::View, &name) else {
        return match alter.if_exists {
            true => Ok(Outcome::message(format!("View {path} does not exist"))),
            false => Err(ServerError::new(ErrorKind::NotFound, format!("Not found: Table {path}"))),
        };
    };
    let mut wanted = Options::clone(&view.options);
    alter.options.iter().for_each(|option| options::set(&mut wanted, option));
    let mut transaction = statement.transaction();
    transaction.drop_definition(&dataset, DefinitionKind::View, &name)?;
    transaction.create_definition(&dataset, DefinitionKind::View, &name, &view.statement, wanted)?;
    statement.commit(transaction).await?;
    Ok(Outcome::message(format!("Altered view {path}")))
}
