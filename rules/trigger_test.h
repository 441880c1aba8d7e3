#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rules/event.h"
#include "rules/findings.h"
#include "rules/replay_log.h"
#include "rules/roster.h"
#include "rules/series_text.h"

// A trigger test as its file says it: records, what happens in virtual time, and what is expected
// then. daemon/cli/README.md documents the file for the people who write it.
namespace revisitd::rules {

// The values of one signal of one service at one slot length.
struct TestSeries {
  std::string service, signal;
  Duration every{};
  Series series;
  Place place, every_place, service_place;
};

// Somebody leaves every team, joins one, or learns languages.
struct RosterEdit {
  enum class Kind { leave, join, learn };
  Kind kind{};
  std::string team;  // join
  Member member;     // its name; join and learn: languages
  Place place;
};

struct TestEvent {
  struct RosterFile {
    std::string path;
  };
  struct RecordFiles {
    std::vector<std::string> paths;
    std::vector<Place> places;  // of each
  };
  Duration at{};  // since the start
  Place place;    // of what happens
  std::variant<ReplayEvent::Down, RosterEdit, RosterFile, RecordFiles, Action> what;
};

// One thing that must hold. What is not named in the file is not compared.
struct TestCheck {
  enum class Kind {
    verdict,        // of a trigger, at `to`
    share,          // breach / covered of a trigger at `to`, as printed with two decimals
    coverage,       // covered / window, the same way
    state,          // of the service's revisit at `to`; "none" when it has none that is unfinished
    event,          // happened at a time within [from, to]
    no_event,       // did not
    notifications,  // how many events of the service within [from, to] receivers are told of
  };
  Kind kind{};
  Duration from{}, to{};
  Place place;  // of the expected value
  std::string service;
  std::string trigger;  // "" where it is about the service
  Verdict verdict{};
  Share share{};
  std::string state;
  EventType event{};
  long long count = 0;
};

struct TriggerTest {
  std::string file;
  TestEvent::RecordFiles records;  // as written, like every path: relative to the file
  Place records_place;
  std::string roster, config;  // "" if none
  TimePoint start{};
  std::vector<TestSeries> series;
  std::vector<TestEvent> events;  // in the order written
  std::vector<TestCheck> checks;

  // When the run ends: the last slot, event or expectation.
  [[nodiscard]] TimePoint end() const;
};

// Reads a test file. Nothing once `findings` got an error.
std::optional<TriggerTest> decode_trigger_test(std::string_view text, const std::string& file,
                                               Findings& findings);

// The restart during which the daemon is down at this time, null when it is up.
const TestEvent* outage_at(const TriggerTest& test, Duration at);

// Signals with the units that the series' values have, for records whose signals no configuration
// declares. Plain numbers may be any unit and are left out. A signal that has two units is an
// error.
SignalTable signals_of(const TriggerTest& test, Findings& findings);

}  // namespace revisitd::rules
