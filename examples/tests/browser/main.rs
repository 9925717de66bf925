//! The debug page of the built example in a real browser, headless.
//!
//! It takes Chromium and its driver; where they are not to be had, each case counts as skipped.
//! Each case has a server, a ConfigMap volume and a browser of its own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests may fail loudly, too
#![allow(clippy::panic, clippy::print_stdout)] // it is its own harness

#[path = "../common/mod.rs"]
mod common;
mod driver;
mod follow;
mod look;
mod plain;
mod read;
mod set;
mod site;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use driver::Driver;

/// A test.
struct Case {
    name: &'static str,
    run: fn(&Driver),
}

/// `module::function`, each of which is a test.
macro_rules! cases {
    ($($module:ident::$run:ident,)+) => {
        const CASES: &[Case] = &[$(Case {
            name: stringify!($run),
            run: $module::$run,
        },)+];
    };
}

cases! {
    read::every_flag_is_listed_with_all_that_is_known_of_it,
    read::the_filter_follows_what_is_typed,
    read::the_links_show_some_of_the_flags_and_mark_which,
    read::markup_in_a_value_shows_as_text,
    read::while_setting_is_off_nothing_can_be_typed,
    read::nothing_is_asked_of_another_host_and_nothing_breaks_the_policy,
    set::a_bool_is_set_with_its_checkbox_and_cleared,
    set::a_number_out_of_range_stays_typed_with_the_reason_beside_it,
    set::one_of_the_possible_values_is_chosen,
    set::json_is_laid_out_rejected_when_bad_and_taken_when_good,
    set::a_secret_goes_in_and_never_comes_out,
    set::a_wrong_token_sets_nothing_and_the_right_one_does,
    set::the_keyboard_alone_sets_a_flag,
    follow::a_change_of_the_config_map_arrives_on_the_open_page,
    follow::what_is_being_typed_survives_a_change,
    follow::a_failed_reload_shows_with_its_error_until_the_next_good_one,
    follow::a_static_flag_that_waits_for_a_restart_shows_at_once,
    follow::turning_setting_off_takes_the_controls_away,
    follow::a_lost_connection_shows_and_so_does_its_return,
    plain::without_a_script_a_flag_is_set_and_cleared,
    plain::without_a_script_a_rejected_value_stays_typed,
    plain::without_a_script_a_token_goes_with_the_form,
    plain::without_a_script_the_filter_works,
    look::a_phone_scrolls_in_one_direction_only,
    look::light_and_dark_differ_and_both_can_be_read,
}

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if given.iter().any(|argument| argument == "--list") {
        for Case { name, .. } in CASES {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    let parts: Vec<&String> = given.iter().filter(|part| !part.starts_with('-')).collect();
    let wanted = |name: &str| parts.is_empty() || parts.iter().any(|part| name.contains(*part));

    let driver = Driver::start();
    let [mut passed, mut failed, mut skipped] = [0; 3];
    for Case { name, run } in CASES.iter().filter(|case| wanted(case.name)) {
        // What went wrong is printed by the panic's hook.
        let outcome = driver
            .as_ref()
            .map(|driver| catch_unwind(AssertUnwindSafe(|| run(driver))).is_ok());
        let text = match outcome {
            Ok(true) => {
                passed += 1;
                "ok".to_owned()
            }
            Ok(false) => {
                failed += 1;
                "FAILED".to_owned()
            }
            Err(why) => {
                skipped += 1;
                format!("not run: {why}")
            }
        };
        println!("test {name} ... {text}");
    }
    println!("browser: {passed} passed, {failed} failed, {skipped} skipped");
    ExitCode::from(u8::from(failed > 0))
}
