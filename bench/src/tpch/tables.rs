//! The eight tables: their schemas and rows, from the generator crate that follows the specification.

use canopy_format::{BATCH_ROWS, Batch, DataType, Mode, Schema};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};

use crate::columns::Rows;

/// A table of TPC-H.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub enum Table {
    Region,
    Nation,
    Supplier,
    Part,
    PartSupp,
    Customer,
    Orders,
    LineItem,
}

/// All tables, small ones first.
pub const TABLES: [Table; 8] = [
    Table::Region,
    Table::Nation,
    Table::Supplier,
    Table::Part,
    Table::PartSupp,
    Table::Customer,
    Table::Orders,
    Table::LineItem,
];

impl Table {
    /// The table's name.
    pub fn name(self) -> &'static str {
        match self {
            Table::Region => "region",
            Table::Nation => "nation",
            Table::Supplier => "supplier",
            Table::Part => "part",
            Table::PartSupp => "partsupp",
            Table::Customer => "customer",
            Table::Orders => "orders",
            Table::LineItem => "lineitem",
        }
    }

    fn columns(self) -> &'static [(&'static str, DataType)] {
        use DataType::{Date, Int64, Numeric, String};
        match self {
            Table::Region => &[("r_regionkey", Int64), ("r_name", String), ("r_comment", String)],
            Table::Nation => {
                &[("n_nationkey", Int64), ("n_name", String), ("n_regionkey", Int64), ("n_comment", String)]
            }
            Table::Supplier => &[
                ("s_suppkey", Int64),
                ("s_name", String),
                ("s_address", String),
                ("s_nationkey", Int64),
                ("s_phone", String),
                ("s_acctbal", Numeric),
                ("s_comment", String),
            ],
            Table::Part => &[
                ("p_partkey", Int64),
                ("p_name", String),
                ("p_mfgr", String),
                ("p_brand", String),
                ("p_type", String),
                ("p_size", Int64),
                ("p_container", String),
                ("p_retailprice", Numeric),
                ("p_comment", String),
            ],
            Table::PartSupp => &[
                ("ps_partkey", Int64),
                ("ps_suppkey", Int64),
                ("ps_availqty", Int64),
                ("ps_supplycost", Numeric),
                ("ps_comment", String),
            ],
            Table::Customer => &[
                ("c_custkey", Int64),
                ("c_name", String),
                ("c_address", String),
                ("c_nationkey", Int64),
                ("c_phone", String),
                ("c_acctbal", Numeric),
                ("c_mktsegment", String),
                ("c_comment", String),
            ],
            Table::Orders => &[
                ("o_orderkey", Int64),
                ("o_custkey", Int64),
                ("o_orderstatus", String),
                ("o_totalprice", Numeric),
                ("o_orderdate", Date),
                ("o_orderpriority", String),
                ("o_clerk", String),
                ("o_shippriority", Int64),
                ("o_comment", String),
            ],
            Table::LineItem => &[
                ("l_orderkey", Int64),
                ("l_partkey", Int64),
                ("l_suppkey", Int64),
                ("l_linenumber", Int64),
                ("l_quantity", Numeric),
                ("l_extendedprice", Numeric),
                ("l_discount", Numeric),
                ("l_tax", Numeric),
                ("l_returnflag", String),
                ("l_linestatus", String),
                ("l_shipdate", Date),
                ("l_commitdate", Date),
                ("l_receiptdate", Date),
                ("l_shipinstruct", String),
                ("l_shipmode", String),
                ("l_comment", String),
            ],
        }
    }
}

/// The schema of a table: every column REQUIRED, as the specification has it.
pub fn schema(table: Table) -> Schema {
    let columns = table.columns().iter().map(|(name, data_type)| (*name, data_type, Mode::Required));
    Schema::from_types(columns).expect("the names are unique")
}

/// The rows of a table at a scale, in batches.
pub fn batches(table: Table, scale: f64) -> Box<dyn Iterator<Item = Batch> + Send> {
    match table {
        Table::Region => chunked(table, RegionGenerator::new(scale, 1, 1).iter(), |r, out| {
            out.int(r.r_regionkey).text(r.r_name).text(r.r_comment);
        }),
        Table::Nation => chunked(table, NationGenerator::new(scale, 1, 1).iter(), |n, out| {
            out.int(n.n_nationkey).text(n.n_name).int(n.n_regionkey).text(n.n_comment);
        }),
        Table::Supplier => chunked(table, SupplierGenerator::new(scale, 1, 1).iter(), |s, out| {
            out.int(s.s_suppkey).show(s.s_name).show(s.s_address).int(s.s_nationkey).show(s.s_phone);
            out.money(s.s_acctbal.into_inner()).text(&s.s_comment);
        }),
        Table::Part => chunked(table, PartGenerator::new(scale, 1, 1).iter(), |p, out| {
            out.int(p.p_partkey).show(p.p_name).show(p.p_mfgr).show(p.p_brand).text(p.p_type);
            out.int(p.p_size.into())
                .text(p.p_container)
                .money(p.p_retailprice.into_inner())
                .text(p.p_comment);
        }),
        Table::PartSupp => chunked(table, PartSuppGenerator::new(scale, 1, 1).iter(), |ps, out| {
            out.int(ps.ps_partkey).int(ps.ps_suppkey).int(ps.ps_availqty.into());
            out.money(ps.ps_supplycost.into_inner()).text(ps.ps_comment);
        }),
        Table::Customer => chunked(table, CustomerGenerator::new(scale, 1, 1).iter(), |c, out| {
            out.int(c.c_custkey).show(c.c_name).show(c.c_address).int(c.c_nationkey).show(c.c_phone);
            out.money(c.c_acctbal.into_inner()).text(c.c_mktsegment).text(c.c_comment);
        }),
        Table::Orders => chunked(table, OrderGenerator::new(scale, 1, 1).iter(), |o, out| {
            out.int(o.o_orderkey).int(o.o_custkey).show(o.o_orderstatus).money(o.o_totalprice.into_inner());
            out.date(o.o_orderdate.to_unix_epoch()).text(o.o_orderpriority).show(o.o_clerk);
            out.int(o.o_shippriority.into()).text(o.o_comment);
        }),
        Table::LineItem => chunked(table, LineItemGenerator::new(scale, 1, 1).iter(), |l, out| {
            out.int(l.l_orderkey).int(l.l_partkey).int(l.l_suppkey).int(l.l_linenumber.into());
            out.money(l.l_quantity * 100).money(l.l_extendedprice.into_inner());
            out.money(l.l_discount.into_inner()).money(l.l_tax.into_inner());
            out.text(l.l_returnflag).text(l.l_linestatus);
            out.date(l.l_shipdate.to_unix_epoch()).date(l.l_commitdate.to_unix_epoch());
            out.date(l.l_receiptdate.to_unix_epoch());
            out.text(l.l_shipinstruct).text(l.l_shipmode).text(l.l_comment);
        }),
    }
}

fn chunked<R: 'static>(
    table: Table,
    mut rows: impl Iterator<Item = R> + Send + 'static,
    put: impl Fn(R, &mut Rows) + Send + 'static,
) -> Box<dyn Iterator<Item = Batch> + Send> {
    Box::new(std::iter::from_fn(move || {
        let mut out = Rows::new(table.columns().iter().map(|(_, data_type)| data_type));
        let mut count = 0;
        for row in rows.by_ref().take(BATCH_ROWS) {
            put(row, out.start());
            count += 1;
        }
        (count > 0).then(|| out.finish(count))
    }))
}

#[cfg(test)]
mod tests {
    use canopy_format::Value;

    use super::*;

    #[test]
    fn the_first_line_item_is_the_specifications() {
        let batch = batches(Table::LineItem, 0.01).next().unwrap();
        let row: Vec<Value> = batch.columns().iter().map(|column| column.value(0)).collect();
        assert_eq!(row[0], Value::Int64(1));
        assert_eq!(row[4], Value::Numeric(17_000_000_000));
        assert_eq!(row[8], Value::from("N"));
        assert_eq!(row[10], Value::Date(9568), "1996-03-13");
    }

    #[test]
    fn every_table_has_its_rows() {
        let count = |table| batches(table, 0.01).map(|batch| batch.rows()).sum::<usize>();
        let counts: Vec<usize> = TABLES.into_iter().map(count).collect();
        assert_eq!(counts, [5, 25, 100, 2000, 8000, 1500, 15000, 60175]);
    }
}
