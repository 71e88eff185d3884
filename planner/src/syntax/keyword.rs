//! The words that mean something to the grammar.

use std::collections::HashMap;
use std::sync::LazyLock;

macro_rules! keywords {
    (reserved { $($reserved:ident)* } unreserved { $($unreserved:ident)* }) => {
        /// A keyword, named as it is written.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "keywords read as in SQL")]
        #[allow(missing_docs, reason = "each is the word itself")]
        pub enum Keyword { $($reserved,)* $($unreserved,)* }

        impl Keyword {
            /// Returns the word in capitals.
            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$reserved => stringify!($reserved),)*
                    $(Self::$unreserved => stringify!($unreserved),)*
                }
            }

            /// Says whether the word can never be a name without backticks.
            pub fn is_reserved(self) -> bool {
                matches!(self, $(Self::$reserved)|*)
            }
        }

        static ALL: &[Keyword] = &[$(Keyword::$reserved,)* $(Keyword::$unreserved,)*];
    };
}

keywords! {
    reserved {
        ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CREATE CROSS CUBE
        CURRENT DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH
        FOLLOWING FOR FROM FULL GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO
        IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER
        PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT
        TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN WHERE WINDOW WITH WITHIN CONTAINS
    }
    unreserved {
        ABORT ACCESS ACTION ADD AFTER AGGREGATE ALTER ALWAYS ANALYZE APPROX ARE ASCENDING ASSERT ASSIGNMENT
        BATCH BEGIN BI_CAPACITY BIGDECIMAL BIGNUMERIC BREAK CALL CAPACITY CASCADE CHECK CLAMPED CLONE
        CLUSTER COLUMN COLUMNS COMMIT CONNECTION CONSTANT CONSTRAINT CONTINUE COPY CORRESPONDING CYCLE DATA
        DATABASE DATE DATETIME DECIMAL DECLARE DEFINER DELETE DELETION DEPTH DESCENDING DESCRIBE DESCRIPTOR
        DETERMINISTIC DO DROP ELSEIF ENFORCED ERROR EXCEPTION EXECUTE EXPLAIN EXPORT EXTEND EXTERNAL FILES
        FILL FILTER FILTER_FIELDS FIRST FOREIGN FORK FORMAT FUNCTION GENERATED GRANT GRANTEE GRAPH
        GROUP_ROWS HIDDEN IDENTITY IMMEDIATE IMMUTABLE IMPORT INCLUDE INCREMENT INDEX INOUT INPUT INSERT
        INVOKER ISOLATION ITERATE JSON KEY LANGUAGE LAST LEAVE LEVEL LOAD LOG LOOP MACRO MAP MATCH MATCHED
        MATCH_RECOGNIZE MATERIALIZED MAX MAXVALUE MEASURES MESSAGE METADATA MIN MINVALUE MODEL MODULE NAME
        NULL_FILTERED NUMERIC OFFSET ONLY OPTIONS ORDINAL ORGANIZATION OUT OUTPUT OVERWRITE PARTITIONS PAST
        PATTERN PERCENT PIVOT POLICIES POLICY PRIMARY PRIVATE PRIVILEGE PRIVILEGES PROCEDURE PROJECT
        PROPERTY PUBLIC RAISE READ REBUILD REFERENCES REMOTE REMOVE RENAME REPEAT REPEATABLE REPLACE
        REPLACE_FIELDS REPLICA REPORT RESERVATION RESTRICT RESTRICTION RETURN RETURNS REVOKE ROLLBACK ROW
        RUN SAFE_CAST SAFE_KEY SAFE_OFFSET SAFE_ORDINAL SCHEMA SEARCH SECURITY SEQUENCE SETS SHOW SIMPLE
        SKIP SNAPSHOT SOURCE SQL STABLE START STATIC_DESCRIBE STORED STORING STRICT SYSTEM SYSTEM_TIME TABLE
        TABLES TARGET TEE TEMP TEMPORARY TIME TIMESTAMP TRANSACTION TRANSFORM TRUNCATE TYPE UNDROP UNIQUE
        UNKNOWN UNPIVOT UNTIL UPDATE VALUE VALUES VECTOR VIEW VIEWS VOLATILE WEIGHT WHILE WRITE ZONE
    }
}

const LONGEST: usize = 20;

impl Keyword {
    /// All keywords, the reserved ones first.
    pub fn all() -> &'static [Keyword] {
        ALL
    }

    /// Returns the keyword that `word` spells in any case.
    pub fn lookup(word: &str) -> Option<Keyword> {
        static BY_TEXT: LazyLock<HashMap<&'static [u8], Keyword>> =
            LazyLock::new(|| ALL.iter().map(|keyword| (keyword.text().as_bytes(), *keyword)).collect());
        let bytes = word.as_bytes();
        if bytes.len() > LONGEST {
            return None;
        }
        let mut upper = [0; LONGEST];
        for (to, from) in upper.iter_mut().zip(bytes) {
            *to = from.to_ascii_uppercase();
        }
        BY_TEXT.get(&upper[..bytes.len()]).copied()
    }
}
