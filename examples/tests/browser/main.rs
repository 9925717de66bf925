//! The debug page of the built example in a real, headless browser.
//!
//! The tests need Chromium and its driver; without them they count as skipped.
//! Each test has its own server, ConfigMap volume and browser.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails loudly
#![allow(clippy::panic, clippy::print_stdout)] // this file is the test harness

mod animation;
mod appearance;
mod axe;
mod changes;
#[path = "../common/mod.rs"]
mod common;
mod draft;
mod driver;
mod follow;
mod plain;
mod read;
mod recording;
mod set;
mod site;
mod tabs;

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
    read::what_needs_attention_comes_first,
    read::a_flag_is_found_by_its_value_and_slash_goes_to_the_search,
    read::nothing_found_says_what_to_do,
    read::invisible_characters_are_shown_as_escapes,
    read::a_flag_has_a_page_of_its_own_and_a_missing_one_says_so,
    read::the_title_says_which_process_it_is,
    read::there_are_no_controls_while_setting_is_off,
    read::the_page_requests_no_other_host_and_complies_with_its_policy,
    read::each_control_has_a_name_of_its_own,
    set::a_checkbox_sets_and_clears_a_bool,
    set::an_override_expires_by_itself,
    set::a_rejected_number_stays_in_its_field_with_the_reason,
    set::a_select_sets_a_possible_value,
    set::json_is_indented_and_applied_only_if_valid,
    set::a_secret_can_be_set_but_is_never_shown,
    set::only_the_right_token_sets_a_flag,
    set::the_keyboard_alone_sets_a_flag,
    set::nothing_is_set_without_an_edit_and_a_value_can_be_pinned,
    set::all_overrides_are_cleared_at_once,
    set::an_override_has_the_command_that_makes_it_permanent,
    set::an_optional_flag_is_unset,
    set::json_and_lists_are_edited_in_a_monospace_font,
    draft::several_edits_are_one_change_that_can_be_undone,
    draft::a_rejected_draft_changes_nothing_and_stays,
    draft::edits_are_reverted_and_not_lost_without_a_question,
    draft::undo_restores_the_override_that_was_there,
    draft::the_focus_stays_where_the_keyboard_goes_on,
    tabs::six_hidden_tabs_leave_a_connection_for_an_edit,
    tabs::six_visible_windows_leave_a_connection_for_an_edit,
    tabs::a_hidden_page_lets_go_of_its_stream,
    tabs::two_tabs_do_not_overwrite_each_other,
    tabs::a_slow_network_only_delays_an_edit,
    tabs::an_edit_without_an_answer_says_so,
    changes::a_change_of_a_file_is_on_the_page_within_400_ms,
    changes::a_change_reads_only_what_changed,
    changes::many_changes_a_second_read_only_what_changed,
    changes::a_change_of_many_flags_reads_only_them,
    changes::a_live_page_that_polls_leaves_changes_to_the_events,
    follow::an_open_page_shows_changes_of_the_config_map,
    follow::a_change_does_not_replace_what_is_being_typed,
    follow::a_failed_reload_is_shown_until_the_next_good_one,
    follow::a_pending_restart_is_shown_at_once,
    follow::a_restart_that_would_fail_is_shown_until_it_would_succeed,
    follow::opened_layers_stay_open_when_they_change,
    follow::turning_setting_off_removes_the_controls,
    follow::a_lost_connection_is_shown_and_restored,
    follow::a_lost_connection_stays_in_sight,
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
    appearance::the_narrowest_phone_scrolls_vertically_only,
    appearance::bars_of_a_phone_leave_room_for_each_other,
    appearance::a_screen_has_many_rows,
    appearance::forced_colors_and_print_lose_nothing,
    axe::no_state_of_the_page_violates_a_rule,
    appearance::light_and_dark_have_enough_contrast,
    recording::a_change_of_a_file_and_a_mistake_are_on_the_open_page,
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
