//! IF, CASE, COALESCE and their kin: forms that evaluate each branch only where it is taken.

use super::Function;
use crate::expression::SpecialForm;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::special("if", &["BOOL, T1, T1 -> T1"], SpecialForm::Case)
            .doc("The second argument where the first is TRUE, else the third.")
            .examples(&[("IF(1 < 2, 'a', 'b')", "'a'"), ("IF(FALSE, 1 / 0, 2.5)", "2.5")]),
        Function::special("$case", &["BOOL, T1, BOOL..., T1..., T1 -> T1"], SpecialForm::Case)
            .usages(&[
                "CASE WHEN condition THEN result [WHEN ...] [ELSE result] END",
                "CASE value WHEN match THEN result [WHEN ...] [ELSE result] END",
            ])
            .usages(&[
                "CASE WHEN condition THEN result [WHEN ...] [ELSE result] END",
                "CASE value WHEN match THEN result [WHEN ...] [ELSE result] END",
            ])
            .doc("The value after the first condition that is TRUE, else the last value.")
            .examples(&[("CASE WHEN FALSE THEN 1 WHEN TRUE THEN 2 ELSE 3 END", "2")]),
        Function::special("coalesce", &["T1, T1... -> T1"], SpecialForm::Coalesce)
            .doc("The first argument that is not NULL; those after it are not evaluated.")
            .examples(&[("COALESCE(NULL, 'a', 'b')", "'a'")]),
        Function::special("ifnull", &["T1, T1 -> T1"], SpecialForm::Coalesce)
            .doc("The first argument, or the second where it is NULL.")
            .examples(&[("IFNULL(NULL, 0)", "0"), ("IFNULL(10, 0)", "10")]),
        Function::special("nullif", &["=T1, T1 -> T1"], SpecialForm::NullIf)
            .doc("The first argument, or NULL where the two are equal.")
            .examples(&[("NULLIF(0, 0)", "NULL"), ("NULLIF(10, 0)", "10")]),
    ]
}
