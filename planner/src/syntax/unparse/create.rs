//! CREATE.

use super::super::ast::*;
use super::Writer;

impl Writer {
    /// Writes `CREATE [OR REPLACE] [TEMP] words [IF NOT EXISTS]`.
    fn create(&mut self, modifiers: CreateModifiers, words: &str) {
        self.text("CREATE ");
        self.when(modifiers.or_replace, "OR REPLACE ");
        self.when(modifiers.temporary, "TEMP ");
        self.text(words);
        self.text(" ");
        self.when(modifiers.if_not_exists, "IF NOT EXISTS ");
    }

    pub(super) fn create_schema(&mut self, schema: &CreateSchema) {
        self.create(schema.modifiers, if schema.external { "EXTERNAL SCHEMA" } else { "SCHEMA" });
        self.path(&schema.name);
        self.optional(" DEFAULT COLLATE ", schema.default_collate.as_ref(), Self::expr);
        self.connection(schema.connection.as_ref());
        self.options(schema.options.as_ref());
    }

    pub(super) fn create_table(&mut self, table: &CreateTable) {
        let words = match table.kind {
            TableKind::Plain => "TABLE",
            TableKind::External => "EXTERNAL TABLE",
            TableKind::Snapshot => "SNAPSHOT TABLE",
        };
        self.create(table.modifiers, words);
        self.path(&table.name);
        self.table_elements(table.elements.as_deref());
        if let Some(source) = &table.source {
            self.text(match source.kind {
                TableSourceKind::Like => " LIKE ",
                TableSourceKind::Clone => " CLONE ",
                TableSourceKind::Copy => " COPY ",
            });
            self.path(&source.table);
            self.optional(" FOR SYSTEM_TIME AS OF ", source.as_of.as_ref(), Self::expr);
            self.optional(" WHERE ", source.filter.as_ref(), Self::expr);
        }
        self.optional(" DEFAULT COLLATE ", table.default_collate.as_ref(), Self::expr);
        self.layout(&table.partition_by, &table.cluster_by);
        self.partition_columns(table.partition_columns.as_deref());
        self.connection(table.connection.as_ref());
        self.options(table.options.as_ref());
        self.optional(" AS ", table.query.as_deref(), Self::query);
    }

    pub(super) fn layout(&mut self, partition_by: &[Expr], cluster_by: &[Expr]) {
        self.clause(" PARTITION BY ", partition_by, Self::expr);
        self.clause(" CLUSTER BY ", cluster_by, Self::expr);
    }

    pub(super) fn partition_columns(&mut self, columns: Option<&[ColumnDef]>) {
        if let Some(columns) = columns {
            self.text(" WITH PARTITION COLUMNS");
            if !columns.is_empty() {
                self.text(" ");
                self.parens(columns, Self::column);
            }
        }
    }

    pub(super) fn table_elements(&mut self, elements: Option<&[TableElement]>) {
        if let Some(elements) = elements {
            self.text(" ");
            self.parens(elements, |w, element| match element {
                TableElement::Column(column) => w.column(column),
                TableElement::Constraint(constraint) => w.constraint(constraint),
            });
        }
    }

    pub(super) fn constraint(&mut self, constraint: &TableConstraint) {
        if let Some(name) = &constraint.name {
            self.text("CONSTRAINT ");
            self.ident(name);
            self.text(" ");
        }
        self.constraint_body(constraint);
    }

    /// Writes a constraint without its name.
    pub(super) fn constraint_body(&mut self, constraint: &TableConstraint) {
        match &constraint.kind {
            TableConstraintKind::PrimaryKey(columns) => {
                self.text("PRIMARY KEY ");
                self.parens(columns, |w, column| {
                    w.ident(&column.name);
                    w.direction(column.direction, column.nulls);
                });
            }
            TableConstraintKind::ForeignKey { columns, reference } => {
                self.text("FOREIGN KEY ");
                self.parens(columns, Self::ident);
                self.reference(reference);
            }
            TableConstraintKind::Check(condition) => {
                self.text("CHECK (");
                self.expr(condition);
                self.text(")");
            }
        }
        self.enforcement(constraint.enforced);
        self.options(constraint.options.as_ref());
    }

    pub(super) fn create_view(&mut self, view: &CreateView) {
        let words = match (view.materialized, view.recursive) {
            (false, false) => "VIEW",
            (false, true) => "RECURSIVE VIEW",
            (true, false) => "MATERIALIZED VIEW",
            (true, true) => "MATERIALIZED RECURSIVE VIEW",
        };
        self.create(view.modifiers, words);
        self.path(&view.name);
        if !view.columns.is_empty() {
            self.parens(&view.columns, |w, column| {
                w.ident(&column.name);
                w.options(column.options.as_ref());
            });
        }
        self.optional(" SQL SECURITY ", view.sql_security.as_ref(), |w, word| w.text(word));
        self.layout(&view.partition_by, &view.cluster_by);
        self.options(view.options.as_ref());
        match &view.source {
            ViewSource::Query(query) => self.optional(" AS ", Some(&**query), Self::query),
            ViewSource::ReplicaOf(path) => self.optional(" AS REPLICA OF ", Some(path), Self::path),
        }
    }

    pub(super) fn create_function(&mut self, function: &CreateFunction) {
        self.create(function.modifiers, if function.aggregate { "AGGREGATE FUNCTION" } else { "FUNCTION" });
        self.path(&function.name);
        self.parens(&function.parameters, Self::routine_parameter);
        self.optional(" RETURNS ", function.returns.as_ref(), Self::data_type);
        self.optional(" SQL SECURITY ", function.sql_security.as_ref(), |w, word| w.text(word));
        self.optional(" ", function.determinism.as_ref(), |w, word| w.text(word));
        self.optional(" LANGUAGE ", function.language.as_ref(), Self::ident);
        self.when(function.remote, " REMOTE");
        self.connection(function.connection.as_ref());
        self.options(function.options.as_ref());
        match &function.body {
            Some(FunctionBody::Sql(body)) => {
                self.text(" AS (");
                self.expr(body);
                self.text(")");
            }
            Some(FunctionBody::Code(code, _)) => self.code(code),
            None => {}
        }
    }

    fn code(&mut self, code: &str) {
        self.text(" AS ");
        self.string(code);
    }

    fn routine_parameter(&mut self, parameter: &RoutineParameter) {
        self.text(match parameter.mode {
            Some(ParameterMode::In) => "IN ",
            Some(ParameterMode::Out) => "OUT ",
            Some(ParameterMode::InOut) => "INOUT ",
            None => "",
        });
        self.field_name(&parameter.name);
        match &parameter.kind {
            ParameterType::Value(data_type) => self.data_type(data_type),
            ParameterType::Table(table) => self.table_type(table),
        }
        self.alias(&parameter.alias);
        self.optional(" DEFAULT ", parameter.default.as_ref(), Self::expr);
        self.when(parameter.not_aggregate, " NOT AGGREGATE");
    }

    fn table_type(&mut self, table: &TableType) {
        self.text("TABLE<");
        self.list(&table.columns, |w, column| {
            w.field_name(&column.name);
            w.data_type(&column.data_type);
        });
        self.text(">");
    }

    pub(super) fn create_table_function(&mut self, function: &CreateTableFunction) {
        self.create(function.modifiers, "TABLE FUNCTION");
        self.path(&function.name);
        self.parens(&function.parameters, Self::routine_parameter);
        self.optional(" RETURNS ", function.returns.as_ref(), Self::table_type);
        self.optional(" SQL SECURITY ", function.sql_security.as_ref(), |w, word| w.text(word));
        self.optional(" LANGUAGE ", function.language.as_ref(), Self::ident);
        self.connection(function.connection.as_ref());
        self.options(function.options.as_ref());
        match &function.body {
            Some(TableFunctionBody::Query(query)) => self.optional(" AS ", Some(&**query), Self::query),
            Some(TableFunctionBody::Code(code, _)) => self.code(code),
            None => {}
        }
    }

    pub(super) fn create_procedure(&mut self, procedure: &CreateProcedure) {
        self.create(procedure.modifiers, "PROCEDURE");
        self.path(&procedure.name);
        self.parens(&procedure.parameters, Self::routine_parameter);
        self.optional(" EXTERNAL SECURITY ", procedure.external_security.as_ref(), |w, word| w.text(word));
        self.connection(procedure.connection.as_ref());
        self.options(procedure.options.as_ref());
        self.text(" ");
        match &procedure.body {
            ProcedureBody::Block(block) => self.block(block),
            ProcedureBody::Foreign { language, code } => {
                self.optional("LANGUAGE ", Some(language), Self::ident);
                if let Some((code, _)) = code {
                    self.code(code);
                }
            }
        }
    }

    pub(super) fn create_index(&mut self, index: &CreateIndex) {
        let words = if index.unique { "UNIQUE " } else { "" };
        self.create(index.modifiers, &format!("{words}{}", index.object.keywords()));
        self.path(&index.name);
        self.text(" ON ");
        self.path(&index.table);
        self.alias(&index.alias);
        for unnest in &index.unnests {
            self.text(" ");
            self.unnest(unnest);
        }
        self.text(" ");
        match &index.keys {
            IndexKeys::Columns(keys) => self.parens(keys, Self::index_key),
            IndexKeys::AllColumns(keys) => {
                self.text("(ALL COLUMNS");
                if !keys.is_empty() {
                    self.text(" WITH COLUMN OPTIONS ");
                    self.parens(keys, Self::index_key);
                }
                self.text(")");
            }
        }
        if !index.storing.is_empty() {
            self.text(" STORING ");
            self.parens(&index.storing, Self::expr);
        }
        self.clause(" PARTITION BY ", &index.partition_by, Self::expr);
        self.options(index.options.as_ref());
    }

    fn index_key(&mut self, key: &IndexKey) {
        self.order_item(&key.item);
        self.options(key.options.as_ref());
    }

    pub(super) fn create_row_access_policy(&mut self, policy: &CreateRowAccessPolicy) {
        self.create(policy.modifiers, "ROW ACCESS POLICY");
        if let Some(name) = &policy.name {
            self.path(name);
            self.text(" ");
        }
        self.text("ON ");
        self.path(&policy.table);
        if !policy.grantees.is_empty() {
            self.text(" GRANT TO ");
            self.parens(&policy.grantees, Self::expr);
        }
        self.text(" FILTER USING (");
        self.expr(&policy.filter);
        self.text(")");
    }

    pub(super) fn create_model(&mut self, model: &CreateModel) {
        self.create(model.modifiers, "MODEL");
        self.path(&model.name);
        for (word, columns) in [(" INPUT ", &model.input), (" OUTPUT ", &model.output)] {
            if let Some(columns) = columns {
                self.text(word);
                self.parens(columns, Self::column);
            }
        }
        if !model.transform.is_empty() {
            self.text(" TRANSFORM ");
            self.parens(&model.transform, Self::select_item);
        }
        self.when(model.remote, " REMOTE");
        self.connection(model.connection.as_ref());
        self.options(model.options.as_ref());
        match model.queries.as_slice() {
            [] => {}
            [ModelQuery { name: None, query }] => self.optional(" AS ", Some(query), Self::query),
            queries => {
                self.text(" AS ");
                self.parens(queries, |w, entry| {
                    w.optional("", entry.name.as_ref(), Self::ident);
                    w.text(" AS ");
                    w.parenthesized_query(&entry.query);
                });
            }
        }
    }

    pub(super) fn create_resource(&mut self, resource: &CreateResource) {
        self.create(resource.modifiers, resource.object.keywords());
        self.path(&resource.name);
        self.options(resource.options.as_ref());
    }
}
