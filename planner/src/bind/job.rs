//! LOAD DATA and EXPORT DATA.

use super::binder::Binder;
use super::constraint::constraints;
use super::error::{BindError, Result};
use super::from::table_path;
use super::options::{take_string, take_strings};
use super::statement::{Constraints, ExportData, LoadData};
use crate::syntax::ast;

impl Binder<'_> {
    /// Binds LOAD DATA.
    pub(super) fn load_data(&mut self, load: &ast::LoadData) -> Result<LoadData> {
        if load.temporary {
            return Err(BindError::unsupported("TEMP TABLE", load.span));
        }
        if let Some(partitions) = &load.partitions {
            return Err(BindError::unsupported("PARTITIONS of LOAD DATA", partitions.span));
        }
        if let Some(connection) = &load.connection {
            return Err(BindError::unsupported("WITH CONNECTION", connection.span));
        }
        if let Some(collate) = &load.default_collate {
            return Err(BindError::unsupported("DEFAULT COLLATE", collate.span));
        }
        if load.partition_columns.is_some() {
            return Err(BindError::unsupported("WITH PARTITION COLUMNS", load.span));
        }
        let schema = load.elements.as_ref().map(|elements| self.table_schema(elements)).transpose()?;
        if let (Some(elements), Some(schema)) = (&load.elements, &schema)
            && constraints(elements, &schema.fields)? != Constraints::default()
        {
            return Err(BindError::unsupported("Constraint in LOAD DATA", load.span));
        }
        // Without a column list, the columns are known only once the files are read.
        let partition_by = self.partition_texts(&load.partition_by, schema.as_ref())?;
        let cluster_by = self.cluster_columns(&load.cluster_by, schema.as_ref())?;
        let table_options = self.options(load.options.as_ref())?;
        let mut options = self.options(Some(&load.files))?;
        let span = load.files.span;
        let required = |name: &str| BindError::new(format!("LOAD DATA requires the option {name}"), span);
        let format = take_string(&mut options, "format", span)?.ok_or_else(|| required("format"))?;
        let uris = take_strings(&mut options, "uris", span)?.ok_or_else(|| required("uris"))?;
        if uris.is_empty() {
            return Err(BindError::new("LOAD DATA needs at least one URI", span));
        }
        Ok(LoadData {
            name: table_path(&load.table),
            overwrite: load.overwrite,
            schema,
            partition_by,
            cluster_by,
            table_options,
            format: format.to_ascii_uppercase(),
            uris,
            options,
        })
    }

    /// Binds EXPORT DATA.
    pub(super) fn export_data(mut self, export: &ast::ExportData) -> Result<ExportData> {
        if let Some(connection) = &export.connection {
            return Err(BindError::unsupported("WITH CONNECTION", connection.span));
        }
        let span = export.options.as_ref().map_or(export.span, |options| options.span);
        let mut options = self.options(export.options.as_ref())?;
        let required = |name: &str| BindError::new(format!("EXPORT DATA requires the option {name}"), span);
        let uri = take_string(&mut options, "uri", span)?.ok_or_else(|| required("uri"))?;
        let format = take_string(&mut options, "format", span)?.ok_or_else(|| required("format"))?;
        let rows = self.query(&export.query, None)?;
        let format = format.to_ascii_uppercase();
        Ok(ExportData { uri, format, options, query: self.finish(rows) })
    }
}
