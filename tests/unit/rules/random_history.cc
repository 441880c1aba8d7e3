#include "tests/unit/rules/random_history.h"

#include <algorithm>
#include <array>
#include <random>

#include "tests/unit/rules/model_run.h"

namespace revisitd::reference {
namespace {

using std::chrono::seconds;

// The same on every machine, unlike the distributions of the standard library.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  template <class T, std::size_t N>
  T of(const std::array<T, N>& choices) {
    return choices[static_cast<std::size_t>(below(static_cast<int>(N)))];
  }

 private:
  std::mt19937_64 engine_;
};

Trigger random_trigger(Dice& dice, const std::string& name) {
  Trigger t;
  t.name = name;
  t.shape = dice.one_in(2) ? Shape::latency : static_cast<Shape>(dice.below(8));
  switch (t.shape) {
    case Shape::latency:
    case Shape::busy_latency:
    case Shape::either:
      t.limit = 0.1;
      break;
    case Shape::average:
    case Shape::greatest:
      t.limit = 700;
      break;
    case Shape::grown:
      t.limit = 0.5;
      break;
    case Shape::few_fluent:
      t.limit = 2;
      break;
    case Shape::languages:
      t.limit = 1;
      break;
  }
  t.span = seconds(1 + dice.below(12));
  t.provided = dice.one_in(3);
  // A third is long enough for slots of a minute.
  t.window = dice.one_in(3) ? seconds(2017 + dice.below(200)) : seconds(1 + dice.below(25));
  if (t.window > seconds(2016)) t.span = seconds(60 + dice.below(600));
  t.percent.trip = dice.of(std::array{100, 95, 80, 60, 40});
  t.percent.clear = dice.one_in(2) ? t.percent.trip / 2 : dice.below(t.percent.trip);
  t.percent.coverage = dice.of(std::array{80, 80, 50, 100, 10});
  t.hard = dice.one_in(4);
  return t;
}

std::string random_letters(Dice& dice, std::string& regime) {
  std::string letters;
  for (char& kind : regime) {
    if (dice.one_in(9)) kind = dice.of(std::array{'b', 'b', 'o', 'o', 'i', 'x', '.', 'g'});
    letters += dice.one_in(12) ? dice.of(std::array{'b', 'o', 'i', 'x', '.', '?', '-', 'g'}) : kind;
  }
  return letters;
}

Step random_step(Dice& dice, int services, int pauses, std::string& regime) {
  Step step;
  step.service = dice.below(services);
  step.trigger = dice.below(3);
  if (!dice.one_in(5)) {
    step.kind = StepKind::slots;
    step.text = random_letters(dice, regime);
    step.count = 1 + (dice.one_in(4) ? dice.below(6) : 0);
    if (dice.below(10) < pauses) step.kind = StepKind::pause;
    if (step.kind == StepKind::pause) step.count = dice.one_in(5) ? dice.below(400) : 59;
    return step;
  }
  constexpr std::array kRare{
      StepKind::pause,    StepKind::pause,    StepKind::back,        StepKind::restart,
      StepKind::restart,  StepKind::reload,   StepKind::people,      StepKind::people,
      StepKind::cosmetic, StepKind::limit,    StepKind::share,       StepKind::drop,
      StepKind::bring,    StepKind::withdraw, StepKind::reinstate,   StepKind::reinstate,
      StepKind::redate,   StepKind::language, StepKind::acknowledge, StepKind::acknowledge,
      StepKind::snooze,   StepKind::snooze,   StepKind::snooze,      StepKind::conclude};
  step.kind = dice.of(kRare);
  switch (step.kind) {
    case StepKind::pause:
      step.count = 1 + dice.below(dice.one_in(3) ? 200 : 5);
      break;
    case StepKind::back:
      step.count = 1 + dice.below(90);
      break;
    case StepKind::redate:
      step.count = dice.one_in(2) ? 0 : dice.below(120);
      break;
    case StepKind::snooze:
      step.count = 1 + dice.below(150);
      step.text = dice.one_in(2) ? "w" : "";
      break;
    case StepKind::people:
      step.count = dice.below(4);
      break;
    case StepKind::slots:
    case StepKind::restart:
    case StepKind::reload:
    case StepKind::cosmetic:
    case StepKind::limit:
    case StepKind::share:
    case StepKind::drop:
    case StepKind::bring:
    case StepKind::withdraw:
    case StepKind::reinstate:
    case StepKind::language:
    case StepKind::acknowledge:
    case StepKind::conclude:
      step.count = dice.below(5);
      break;
  }
  return step;
}

const char* name_of(StepKind kind) {
  constexpr std::array kNames{"slots",       "pause",    "back",      "restart", "reload",
                              "people",      "cosmetic", "limit",     "share",   "drop",
                              "bring",       "withdraw", "reinstate", "redate",  "language",
                              "acknowledge", "snooze",   "conclude"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string describe(const Trigger& t) {
  return "    " + t.name + ": " + t.when() + (t.provided ? ", provided rps >= 100" : "") +
         ", window " + format_duration(t.window) + ", trip " + std::to_string(t.percent.trip) +
         "% clear " + std::to_string(t.percent.clear) + "% coverage " +
         std::to_string(t.percent.coverage) + "%" + (t.hard ? ", hard" : "") + "\n";
}

}  // namespace

History random_history(std::uint64_t seed) {
  Dice dice(seed);
  History history;
  const int services = 1 + dice.below(3);
  for (int i = 0; i < services; ++i) {
    Record r;
    r.service = std::string(1, static_cast<char>('a' + i));
    r.id = "000" + std::to_string(i);
    r.title = "one";
    r.language = dice.one_in(3) ? "go" : "python";
    r.date = kStart + seconds(dice.of(std::array{-1000, -60, 0, 100}));
    r.tenure = seconds(dice.of(std::array{0, 0, 90, 1030}));
    if (dice.one_in(3)) r.review_every = seconds(900 + dice.below(500));
    const int triggers = 1 + dice.below(3);
    for (int t = 0; t < triggers; ++t) {
      r.triggers.push_back(random_trigger(dice, std::string(1, static_cast<char>('s' + t))));
    }
    history.records.push_back(std::move(r));
  }
  std::string regime(static_cast<std::size_t>(services), 'o');
  const int pauses = dice.of(std::array{0, 0, 0, 5, 9});
  const int steps = 60 + dice.below(pauses > 0 ? 160 : 80);
  for (int i = 0; i < steps; ++i) {
    history.steps.push_back(random_step(dice, services, pauses, regime));
  }
  return history;
}

std::optional<std::string> disagreement(const History& history) {
  ModelRun run(history.records);
  if (auto wrong = run.begin()) return "at the start\n" + *wrong;
  for (const Step& step : history.steps) {
    if (auto wrong = run.take(step)) return "at the last step\n" + *wrong;
  }
  return std::nullopt;
}

History smallest(History history) {
  const auto fails = [](const History& h) { return disagreement(h).has_value(); };
  for (std::size_t chunk = history.steps.size() / 2 + 1; chunk > 0; chunk /= 2) {
    for (std::size_t at = 0; at < history.steps.size();) {
      History shorter = history;
      const auto begin = shorter.steps.begin() + static_cast<std::ptrdiff_t>(at);
      const auto end = at + chunk < shorter.steps.size()
                           ? begin + static_cast<std::ptrdiff_t>(chunk)
                           : shorter.steps.end();
      shorter.steps.erase(begin, end);
      if (fails(shorter)) {
        history = std::move(shorter);
      } else {
        at += chunk;
      }
    }
  }
  return history;
}

std::string describe(const History& history) {
  std::string text;
  for (const Record& r : history.records) {
    text += "  " + r.service + " in " + r.language + ", decided " +
            std::to_string((r.date - kStart) / seconds(1)) + "s, tenure " +
            format_duration(r.tenure) + "\n";
    for (const Trigger& t : r.triggers) text += describe(t);
  }
  for (const Step& s : history.steps) {
    text += std::string("  ") + name_of(s.kind) + " " + std::to_string(s.count) + " " + s.text +
            (s.kind > StepKind::people
                 ? " of " + std::to_string(s.service) + "/" + std::to_string(s.trigger)
                 : "") +
            "\n";
  }
  return text;
}

}  // namespace revisitd::reference
