//! The proleptic Gregorian calendar: days since 1970-01-01 to year, month and day, and back.
//! All functions take any number and none panics: plans may hold values outside GoogleSQL's range.

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;
/// 0001-01-01 as days since 1970-01-01.
pub const DAYS_MIN: i64 = -719_162;
/// 9999-12-31 as days since 1970-01-01.
pub const DAYS_MAX: i64 = 2_932_896;
/// The least DATETIME and TIMESTAMP.
pub const MICROS_MIN: i64 = DAYS_MIN * DAY;
/// The greatest DATETIME and TIMESTAMP.
pub const MICROS_MAX: i64 = (DAYS_MAX + 1) * DAY - 1;

/// True for microseconds within the years 1 to 9999.
pub fn in_range(micros: i64) -> bool {
    (MICROS_MIN..=MICROS_MAX).contains(&micros)
}

/// Year, month (from 1) and day (from 1) of a day number.
pub fn from_days(days: i64) -> (i64, u32, u32) {
    // Counted in eras of 400 years from March, so that leap days come last (H. Hinnant, "chrono-Compatible
    // Low-Level Date Algorithms").
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    (year_of_era + era * 400 + (month <= 2) as i64, month, day)
}

/// The day number of a date; the month is 1 to 12, the year below 10^12 or so.
pub fn to_days(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = (month as i64 + 9) % 12;
    let day_of_year = (153 * shifted + 2) / 5 + day as i64 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Whether the year has a 29 February.
pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month.
pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 => 28 + is_leap(year) as u32,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day number of a date that exists, between the years 1 and 9999.
pub fn checked_days(year: i64, month: i64, day: i64) -> Option<i32> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let valid = day >= 1 && day <= days_in_month(year, month as u32) as i64;
    valid.then(|| to_days(year, month as u32, day as u32) as i32)
}

/// The microseconds of a date's midnight.
pub fn midnight(days: i32) -> i64 {
    (days as i64).saturating_mul(DAY)
}

/// Days and the microseconds since midnight.
pub fn split(micros: i64) -> (i64, i64) {
    (micros.div_euclid(DAY), micros.rem_euclid(DAY))
}

/// Day of the week, 0 for Sunday.
pub fn weekday(days: i64) -> u32 {
    (days.rem_euclid(7) + 4) as u32 % 7
}

/// Day of the year, from 1.
pub fn day_of_year(days: i64) -> i64 {
    let (year, _, _) = from_days(days);
    days - to_days(year, 1, 1) + 1
}

/// Year and week (from 1) of ISO 8601: weeks begin on Monday, and the first has the year's first Thursday.
pub fn iso_week(days: i64) -> (i64, i64) {
    let monday_based = (weekday(days) as i64 + 6) % 7;
    let thursday = days - monday_based + 3;
    let (year, _, _) = from_days(thursday);
    (year, (thursday - to_days(year, 1, 1)) / 7 + 1)
}

/// The first day of the ISO year.
pub fn iso_year_start(year: i64) -> i64 {
    let fourth = to_days(year, 1, 4);
    fourth - (weekday(fourth) as i64 + 6) % 7
}

/// The week of the year whose weeks begin on `first` (0 for Sunday): 0 before the first such day.
pub fn week_of_year(days: i64, first: u32) -> i64 {
    let since = (weekday(days) as i64 - first as i64).rem_euclid(7);
    // The day of the year of this week's first day; before the year, the week is 0.
    let start = day_of_year(days) - since;
    if start < 1 { 0 } else { (start + 6) / 7 }
}

/// Hour, minute, second and microsecond of the time of a day.
pub fn time_parts(time: i64) -> (i64, i64, i64, i64) {
    let seconds = time.div_euclid(1_000_000);
    (seconds / 3_600, seconds / 60 % 60, seconds % 60, time.rem_euclid(1_000_000))
}
