#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/time.h"

// A second engine, written from the text of rules/README.md alone: it keeps every slot it ever
// judged in plain maps and counts anew whenever it is asked. It shares no code with the first one
// but the arithmetic of times.
namespace revisitd::reference {

// A measurement, or the bucket (low, high] it lies in.
struct Number {
  double value = 0, low = 0, high = 0;
};
struct Reading {
  std::optional<Number> latency;
  std::optional<double> rps;
};

enum class Shape {
  latency,       // latency_p99 > LIMIT
  busy_latency,  // latency_p99 > LIMIT and rps > 500
  either,        // latency_p99 > LIMIT or age() > 200s
  average,       // avg(rps, SPAN) > LIMIT
  greatest,      // max(rps, SPAN) > LIMIT
  grown,         // change(rps, SPAN) > LIMIT
  few_fluent,    // fluent("go") < LIMIT
  languages,     // team_languages() > LIMIT
};

struct Percent {
  int trip = 100, clear = 50, coverage = 80;
  friend bool operator==(const Percent&, const Percent&) = default;
};

struct Trigger {
  std::string name;
  Shape shape = Shape::latency;
  double limit = 0;
  Duration span{};        // of average, greatest and grown
  bool provided = false;  // provided: rps >= 100
  Duration window{};
  Percent percent;
  bool hard = false;

  [[nodiscard]] std::string when() const;
  [[nodiscard]] bool same_meaning(const Trigger& other) const;
};

struct Record {
  std::string service, language, id, title;
  TimePoint date{};
  Duration tenure{};
  std::optional<Duration> review_every;
  std::vector<Trigger> triggers;
};

struct Options {
  std::vector<Duration> ladder;
  std::vector<Duration> first_reminders;
  Duration reminders_every{};
  Duration review_grace{};
  Duration snooze_notice{};
};

enum class State { blind, ok, breach, idle };

class Model {
 public:
  explicit Model(Options options) : options_(std::move(options)) {}

  // Each gives what happened, "TIME type service …" a line.
  std::string decide(TimePoint at, const std::vector<Record>& records);
  std::string slot(Duration length, std::int64_t index,
                   const std::map<std::string, Reading>& readings);
  std::string tick(TimePoint at);
  void roster(TimePoint at, Duration validity, int fluent);
  void restart();
  void set_ladder(std::vector<Duration> ladder) { options_.ladder = std::move(ladder); }

  // False when the action must be refused.
  bool acknowledge(TimePoint at, const std::string& service);
  bool snooze(TimePoint at, const std::string& service, TimePoint until,
              std::optional<double> worsens_by);
  bool conclude(TimePoint at, const std::string& service);

  // A few lines that say how everything stands.
  [[nodiscard]] std::string state() const;

 private:
  struct Standing {
    Trigger trigger;
    Duration length{};
    std::map<std::int64_t, State> judged;  // every slot since it got its meaning
    std::vector<std::string> said;         // every verdict
    std::optional<TimePoint> since;
    std::string verdict = "blind";
    bool quiet = false;    // concluded while it was tripped: says nothing until it clears
    bool in_case = false;  // this trip is counted
    std::optional<TimePoint> wakes;
    int blind_run = 0;
    bool blind_told = false;
    int worse_run = 0;
  };
  struct Case {
    std::string id, state = "open";
    TimePoint since{};
    std::vector<std::pair<std::string, std::optional<double>>> triggers;  // name, value
    int reminders = 0;
    std::optional<TimePoint> next_reminder;
    TimePoint snoozed{}, until{};
    std::map<std::string, double> limits;
    bool reminded = false;
    [[nodiscard]] bool has(const std::string& trigger) const;
  };
  struct Service {
    Record record;
    std::map<std::string, Standing> triggers;
    std::optional<Case> open;
    std::map<Duration, std::optional<Number>> latency;  // newest values since the start
    std::map<Duration, std::optional<double>> rps;
    std::optional<TimePoint> due_told, overdue_told;
  };
  struct Roster {
    TimePoint read_at{}, until{};
    int fluent = 0;
  };
  using Values = std::map<std::int64_t, Reading>;
  struct Place {
    const Service& service;
    Duration length{};
    std::int64_t index = 0;
    Reading now;
  };
  struct Counts {
    int blind = 0, ok = 0, breach = 0, idle = 0, slots = 0;
  };

  [[nodiscard]] Duration length_of(Duration window) const;
  static std::int64_t slots_of(Duration window, Duration length);
  static Counts counts(const Standing& standing);
  static std::string standing_verdict(const Standing& standing);
  static std::string verdict_of(const Standing& standing);

  [[nodiscard]] std::optional<bool> holds(const Trigger& trigger, const Place& place) const;
  [[nodiscard]] std::optional<Number> measure(const Trigger& trigger, const Place& place) const;
  [[nodiscard]] State judge(const Trigger& trigger, const Place& place) const;
  [[nodiscard]] Place newest(const Service& service, const Standing& standing) const;
  [[nodiscard]] const Values* stored(const Service& service, Duration length) const;
  [[nodiscard]] std::optional<std::int64_t> first_seen(const Service& service,
                                                       const Standing& standing,
                                                       std::int64_t last) const;

  void note(TimePoint at, const std::string& type, const Service& service,
            const Standing* standing = nullptr);
  void judge_anew(TimePoint at, Service& service, const Trigger& trigger);
  void settle(TimePoint at, Service& service, const Record& after);
  void close(Service& service);
  void say(TimePoint at, Service& service, Standing& standing);
  void tell_blindness(TimePoint at, Service& service, Standing& standing, State state);
  void watch_snooze(TimePoint at, Service& service, Standing& standing, const Place& place);
  void raise(TimePoint at, Service& service, Standing& standing);
  void subside(TimePoint at, Service& service);
  [[nodiscard]] TimePoint reminder_after(TimePoint since, TimePoint now) const;

  Options options_;
  std::map<std::string, Service> services_;
  std::map<Duration, std::int64_t> last_;
  std::map<std::pair<std::string, Duration>, Values> store_;  // every reading there ever was
  std::vector<Roster> rosters_;
  std::string log_;
};

}  // namespace revisitd::reference
