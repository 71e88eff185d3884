//! The queries, in what GoogleSQL and the peers' dialects have in common.

/// How many there are.
pub const QUERY_COUNT: usize = 34;

/// Their texts, in order.
pub const QUERIES: [&str; QUERY_COUNT] = [
    include_str!("../../hits/queries/h01.sql"),
    include_str!("../../hits/queries/h02.sql"),
    include_str!("../../hits/queries/h03.sql"),
    include_str!("../../hits/queries/h04.sql"),
    include_str!("../../hits/queries/h05.sql"),
    include_str!("../../hits/queries/h06.sql"),
    include_str!("../../hits/queries/h07.sql"),
    include_str!("../../hits/queries/h08.sql"),
    include_str!("../../hits/queries/h09.sql"),
    include_str!("../../hits/queries/h10.sql"),
    include_str!("../../hits/queries/h11.sql"),
    include_str!("../../hits/queries/h12.sql"),
    include_str!("../../hits/queries/h13.sql"),
    include_str!("../../hits/queries/h14.sql"),
    include_str!("../../hits/queries/h15.sql"),
    include_str!("../../hits/queries/h16.sql"),
    include_str!("../../hits/queries/h17.sql"),
    include_str!("../../hits/queries/h18.sql"),
    include_str!("../../hits/queries/h19.sql"),
    include_str!("../../hits/queries/h20.sql"),
    include_str!("../../hits/queries/h21.sql"),
    include_str!("../../hits/queries/h22.sql"),
    include_str!("../../hits/queries/h23.sql"),
    include_str!("../../hits/queries/h24.sql"),
    include_str!("../../hits/queries/h25.sql"),
    include_str!("../../hits/queries/h26.sql"),
    include_str!("../../hits/queries/h27.sql"),
    include_str!("../../hits/queries/h28.sql"),
    include_str!("../../hits/queries/h29.sql"),
    include_str!("../../hits/queries/h30.sql"),
    include_str!("../../hits/queries/h31.sql"),
    include_str!("../../hits/queries/h32.sql"),
    include_str!("../../hits/queries/h33.sql"),
    include_str!("../../hits/queries/h34.sql"),
];
