//! The debug page of the built example in a real, headless browser.
//!
//! The tests need Chromium and its driver; without them they count as skipped.
//! Each test has its own server, ConfigMap volume and browser.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails loudly
#![allow(clippy::panic, clippy::print_stdout)] // this file is the test harness

mod appearance;
#[path = "../common/mod.rs"]
mod common;
mod driver;
mod follow;
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
    read::the_list_has_every_flag_with_its_details,
    read::typing_filters_the_list,
    read::the_filter_links_select_flags_and_mark_the_current_one,
    read::markup_in_a_value_is_shown_as_text,
    read::there_are_no_controls_while_setting_is_off,
    read::the_page_requests_no_other_host_and_complies_with_its_policy,
    set::a_checkbox_sets_and_clears_a_bool,
    set::an_override_expires_by_itself,
    set::a_rejected_number_stays_in_its_field_with_the_reason,
    set::a_select_sets_a_possible_value,
    set::json_is_indented_and_applied_only_if_valid,
    set::a_secret_can_be_set_but_is_never_shown,
    set::only_the_right_token_sets_a_flag,
    set::the_keyboard_alone_sets_a_flag,
    follow::an_open_page_shows_changes_of_the_config_map,
    follow::a_change_does_not_replace_what_is_being_typed,
    follow::a_failed_reload_is_shown_until_the_next_good_one,
    follow::a_pending_restart_is_shown_at_once,
    follow::a_restart_that_would_fail_is_shown_until_it_would_succeed,
    follow::opened_layers_stay_open_when_they_change,
    follow::turning_setting_off_removes_the_controls,
    follow::a_lost_connection_is_shown_and_restored,
    follow::a_change_that_the_page_does_not_show_yet_is_not_overwritten,
    follow::a_page_without_live_updates_says_so_and_reads_again,
    follow::an_override_that_turns_setting_off_can_be_cleared,
    plain::without_a_script_a_flag_is_set_and_cleared,
    plain::without_a_script_an_override_expires,
    plain::without_a_script_a_rejected_value_stays_in_its_field,
    plain::without_a_script_the_form_sends_the_token,
    plain::without_a_script_the_filter_works,
    plain::without_a_script_the_history_is_shown_and_reverted,
    appearance::a_phone_scrolls_vertically_only,
    appearance::light_and_dark_have_enough_contrast,
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
        // The panic hook prints the failure.
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
