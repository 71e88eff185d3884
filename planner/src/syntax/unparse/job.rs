//! LOAD DATA, EXPORT DATA, EXPORT MODEL and EXPLAIN.

use super::super::ast::*;
use super::Writer;

impl Writer {
    pub(super) fn load_data(&mut self, load: &LoadData) {
        self.text(if load.overwrite { "LOAD DATA OVERWRITE " } else { "LOAD DATA INTO " });
        self.when(load.temporary, "TEMP TABLE ");
        self.path(&load.table);
        self.table_elements(load.elements.as_deref());
        if let Some(partitions) = &load.partitions {
            self.text(if load.overwrite { " OVERWRITE PARTITIONS (" } else { " INTO PARTITIONS (" });
            self.expr(partitions);
            self.text(")");
        }
        self.optional(" DEFAULT COLLATE ", load.default_collate.as_ref(), Self::expr);
        self.layout(&load.partition_by, &load.cluster_by);
        self.options(load.options.as_ref());
        self.text(" FROM FILES ");
        self.option_entries(&load.files);
        self.partition_columns(load.partition_columns.as_deref());
        self.connection(load.connection.as_ref());
    }

    pub(super) fn export_data(&mut self, export: &ExportData) {
        self.text("EXPORT DATA");
        self.connection(export.connection.as_ref());
        self.options(export.options.as_ref());
        self.optional(" AS ", Some(&*export.query), Self::query);
    }

    pub(super) fn export_model(&mut self, export: &ExportModel) {
        self.text("EXPORT MODEL ");
        self.path(&export.name);
        self.connection(export.connection.as_ref());
        self.options(export.options.as_ref());
    }

    pub(super) fn explain(&mut self, explain: &Explain) {
        self.text(if explain.analyze { "EXPLAIN ANALYZE " } else { "EXPLAIN " });
        self.statement(&explain.statement);
    }
}
