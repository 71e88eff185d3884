//! ROUTINES and PARAMETERS.

use canopy_format::{DataType, Value};
use canopy_planner::syntax::{self, ast};
use canopy_txn::{DatasetState, Definition, DefinitionKind};

use super::{Made, Source, optional, place, texts, yes_no};

/// What the statement of a routine says of it.
#[derive(Default)]
struct Declared {
    returns: Option<String>,
    body: Option<String>,
    parameters: Vec<Parameter>,
}

struct Parameter {
    mode: Option<&'static str>,
    name: Option<String>,
    data_type: String,
    default: Option<String>,
    is_aggregate: bool,
}

fn routines_of<'s>(
    source: &'s Source<'_>,
    datasets: &'s [&DatasetState],
) -> impl Iterator<Item = &'s Definition> {
    let all = datasets.iter().flat_map(|dataset| source.snapshot.definitions_of(&dataset.name));
    all.filter(|found| found.kind != DefinitionKind::View).map(|routine| &**routine)
}

pub(super) fn routines(source: &Source<'_>, datasets: &[&DatasetState]) -> Made {
    let mut columns = texts([
        "specific_catalog",
        "specific_schema",
        "specific_name",
        "routine_catalog",
        "routine_schema",
        "routine_name",
        "routine_type",
        "data_type",
        "routine_body",
        "routine_definition",
        "external_language",
    ]);
    columns.push(("created", DataType::Timestamp));
    columns.push(("last_altered", DataType::Timestamp));
    columns.push(("ddl", DataType::String));
    let row = |routine: &Definition| {
        let declared = declared(&routine.statement);
        let kind = match routine.kind {
            DefinitionKind::Procedure => "PROCEDURE",
            DefinitionKind::TableFunction => "TABLE FUNCTION",
            DefinitionKind::Function | DefinitionKind::View => "FUNCTION",
        };
        let mut row = place(&routine.dataset, &routine.name);
        row.extend(place(&routine.dataset, &routine.name));
        row.extend([
            Value::from(kind),
            optional(declared.returns.as_deref()),
            Value::from("SQL"),
            optional(declared.body.as_deref()),
            Value::Null,
            Value::Timestamp(routine.created_us),
            Value::Timestamp(routine.created_us),
            Value::from(&*routine.statement),
        ]);
        row
    };
    (columns, routines_of(source, datasets).map(row).collect())
}

pub(super) fn parameters(source: &Source<'_>, datasets: &[&DatasetState]) -> Made {
    let mut columns = texts(["specific_catalog", "specific_schema", "specific_name"]);
    columns.push(("ordinal_position", DataType::Int64));
    columns.extend(texts([
        "parameter_mode",
        "is_result",
        "parameter_name",
        "data_type",
        "parameter_default",
        "is_aggregate",
    ]));
    let mut rows = Vec::new();
    for routine in routines_of(source, datasets) {
        let declared = declared(&routine.statement);
        if let Some(returns) = &declared.returns {
            let mut row = place(&routine.dataset, &routine.name);
            row.extend([
                Value::Int64(0),
                Value::Null,
                yes_no(true),
                Value::Null,
                Value::from(returns.as_str()),
            ]);
            row.extend([Value::Null, Value::Null]);
            rows.push(row);
        }
        for (index, parameter) in declared.parameters.iter().enumerate() {
            let mut row = place(&routine.dataset, &routine.name);
            row.extend([
                Value::Int64(index as i64 + 1),
                optional(parameter.mode),
                yes_no(false),
                optional(parameter.name.as_deref()),
                Value::from(parameter.data_type.as_str()),
                optional(parameter.default.as_deref()),
                yes_no(parameter.is_aggregate),
            ]);
            rows.push(row);
        }
    }
    (columns, rows)
}

/// Reads a routine's statement; nothing is known of one that cannot be read.
fn declared(statement: &str) -> Declared {
    let parsed = syntax::parse_script(statement).unwrap_or_default();
    let Some(first) = parsed.first() else { return Declared::default() };
    let text = |span: ast::Span| span.text(statement).to_owned();
    match &first.kind {
        ast::StatementKind::CreateFunction(create) => Declared {
            returns: create.returns.as_ref().map(|returns| text(returns.span)),
            body: create.body.as_ref().map(|body| match body {
                ast::FunctionBody::Sql(expr) => text(expr.span),
                ast::FunctionBody::Code(code, _) => code.clone(),
            }),
            parameters: parameters_of(&create.parameters, statement, create.aggregate),
        },
        ast::StatementKind::CreateTableFunction(create) => Declared {
            returns: create.returns.as_ref().map(|returns| text(returns.span)),
            body: create.body.as_ref().map(|body| match body {
                ast::TableFunctionBody::Query(query) => text(query.span),
                ast::TableFunctionBody::Code(code, _) => code.clone(),
            }),
            parameters: parameters_of(&create.parameters, statement, false),
        },
        ast::StatementKind::CreateProcedure(create) => Declared {
            returns: None,
            body: None,
            parameters: parameters_of(&create.parameters, statement, false),
        },
        _ => Declared::default(),
    }
}

fn parameters_of(parameters: &[ast::RoutineParameter], statement: &str, aggregate: bool) -> Vec<Parameter> {
    let one = |parameter: &ast::RoutineParameter| Parameter {
        mode: parameter.mode.map(|mode| match mode {
            ast::ParameterMode::In => "IN",
            ast::ParameterMode::Out => "OUT",
            ast::ParameterMode::InOut => "INOUT",
        }),
        name: parameter.name.as_ref().map(|name| name.value.clone()),
        data_type: match &parameter.kind {
            ast::ParameterType::Value(data_type) => data_type.span.text(statement).to_owned(),
            ast::ParameterType::Table(table) => table.span.text(statement).to_owned(),
        },
        default: parameter.default.as_ref().map(|default| default.span.text(statement).to_owned()),
        is_aggregate: aggregate && !parameter.not_aggregate,
    };
    parameters.iter().map(one).collect()
}
