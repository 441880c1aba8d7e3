#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"
#include "rules/roster.h"

// What conditions ask of a slot, written down with the answers, so that a slot can be judged again
// with some of them changed.
namespace revisitd::rules {

// What a condition asks of a slot; the order is that of the condition and the same for every slot.
struct Question {
  enum class Kind {
    signal,
    window,
    baseline,
    members,
    fluent,
    shipped,
    team_languages,
    fleet_share,
    age,
    support_left
  };
  Kind kind{};
  std::string name;  // signal or language
  WindowUse use{};   // window
  // "latency_p99", "avg(rps, 7d)", "fluent(\"go\")": as a condition writes it.
  [[nodiscard]] std::string text() const;
};

struct Answer {
  std::optional<SlotValue> value;
  double earlier = 0;  // change(): the value it is relative to
};

// Something that could have been different throughout the window.
struct Change {
  std::string signal;
  double shift = 0;                 // added to every value of the signal
  const Condition* when = nullptr;  // asked instead; must ask the same questions
  // People who join (or, negative, leave) with this knowledge; members knows nothing.
  Question::Kind knows = Question::Kind::members;
  std::string language;
  int people = 0;
};

// People on the team by what the question asks of them; nothing when the roster does not say.
std::optional<int> count_people(const Roster& roster, Question::Kind kind, std::string_view team,
                                std::string_view language, TimePoint at);

// Passes every question on and keeps it with its answer.
class Asking : public ConditionInputs {
 public:
  Asking(const ConditionInputs& inputs, std::vector<Question>& questions,
         std::vector<Answer>& answers)
      : inputs_(inputs), questions_(questions), answers_(answers) {}

  std::optional<SlotValue> signal(std::string_view name) const override {
    return keep({Question::Kind::signal, std::string(name), {}}, inputs_.signal(name));
  }
  std::optional<SlotValue> window(const WindowUse& use) const override {
    return keep({Question::Kind::window, use.signal, use}, inputs_.window(use));
  }
  std::optional<double> baseline(std::string_view signal) const override {
    return keep({Question::Kind::baseline, std::string(signal), {}}, inputs_.baseline(signal));
  }
  std::optional<double> members() const override {
    return keep({Question::Kind::members, "", {}}, inputs_.members());
  }
  std::optional<double> fluent(std::string_view language) const override {
    return keep({Question::Kind::fluent, std::string(language), {}}, inputs_.fluent(language));
  }
  std::optional<double> shipped(std::string_view language) const override {
    return keep({Question::Kind::shipped, std::string(language), {}}, inputs_.shipped(language));
  }
  std::optional<double> team_languages() const override {
    return keep({Question::Kind::team_languages, "", {}}, inputs_.team_languages());
  }
  std::optional<double> fleet_share(std::string_view language) const override {
    return keep({Question::Kind::fleet_share, std::string(language), {}},
                inputs_.fleet_share(language));
  }
  std::optional<double> age() const override {
    return keep({Question::Kind::age, "", {}}, inputs_.age());
  }
  std::optional<double> support_left() const override {
    return keep({Question::Kind::support_left, "", {}}, inputs_.support_left());
  }

 private:
  std::optional<SlotValue> keep(Question question, std::optional<SlotValue> answer) const {
    if (answers_.size() == questions_.size()) questions_.push_back(std::move(question));
    answers_.push_back({answer, 0});
    return answer;
  }
  std::optional<double> keep(Question question, std::optional<double> answer) const {
    keep(std::move(question),
         answer ? std::optional(SlotValue::exact(*answer)) : std::optional<SlotValue>());
    return answer;
  }

  const ConditionInputs& inputs_;
  std::vector<Question>& questions_;
  std::vector<Answer>& answers_;
};

// Gives the kept answers again, in the order of the questions, changed as told.
class Answering : public ConditionInputs {
 public:
  Answering(const std::vector<Question>& questions, const std::vector<Answer>& answers)
      : questions_(questions), answers_(answers) {}

  const Change* change = nullptr;
  const Roster* roster = nullptr;  // asked anew about people when given
  std::string_view team;
  TimePoint at{};
  double ahead = 0;  // seconds that the slot is later

  std::optional<SlotValue> signal(std::string_view) const override { return next(); }
  std::optional<SlotValue> window(const WindowUse&) const override { return next(); }
  std::optional<double> baseline(std::string_view) const override { return number(); }
  std::optional<double> members() const override { return number(); }
  std::optional<double> fluent(std::string_view) const override { return number(); }
  std::optional<double> shipped(std::string_view) const override { return number(); }
  std::optional<double> team_languages() const override { return number(); }
  std::optional<double> fleet_share(std::string_view) const override { return number(); }
  std::optional<double> age() const override { return number(ahead); }
  std::optional<double> support_left() const override { return number(-ahead); }

 private:
  std::optional<SlotValue> next() const;
  std::optional<double> number(double more = 0) const {
    const auto value = next();
    if (!value) return std::nullopt;
    return value->value + more;
  }

  const std::vector<Question>& questions_;
  const std::vector<Answer>& answers_;
  mutable std::size_t cursor_ = 0;
};

}  // namespace revisitd::rules
