#include "rules/explain_questions.h"

#include <cmath>

namespace revisitd::rules {
namespace {

using Kind = Question::Kind;

bool asks_people(Kind kind) {
  return kind == Kind::members || kind == Kind::fluent || kind == Kind::shipped;
}

SlotValue moved(const SlotValue& v, double by) { return {v.value + by, v.low + by, v.high + by}; }

}  // namespace

std::string Question::text() const {
  const auto call = [](const char* function, const std::string& argument) {
    return std::string(function) + "(" + argument + ")";
  };
  const std::string quoted = "\"" + name + "\"";
  switch (kind) {
    case Kind::signal:
      return name;
    case Kind::window: {
      const std::string arguments = use.signal + ", " + format_duration(use.window);
      switch (use.function) {
        case WindowFunction::avg:
          return call("avg", arguments);
        case WindowFunction::min:
          return call("min", arguments);
        case WindowFunction::max:
          return call("max", arguments);
        case WindowFunction::change:
          return call("change", arguments);
        case WindowFunction::forecast:
          return call("forecast", arguments);
      }
      return "";
    }
    case Kind::baseline:
      return call("baseline", name);
    case Kind::members:
      return "members()";
    case Kind::fluent:
      return call("fluent", quoted);
    case Kind::shipped:
      return call("shipped", quoted);
    case Kind::team_languages:
      return "team_languages()";
    case Kind::fleet_share:
      return call("fleet_share", quoted);
    case Kind::age:
      return "age()";
    case Kind::support_left:
      return "support_left()";
  }
  return "";
}

std::optional<int> count_people(const Roster& roster, Question::Kind kind, std::string_view team,
                                std::string_view language, TimePoint at) {
  if (kind == Kind::fluent) return roster.fluent(team, language, at);
  if (kind == Kind::shipped) return roster.shipped(team, language, at);
  return roster.members(team, at);
}

std::optional<SlotValue> Answering::next() const {
  const Question& question = questions_[cursor_];
  const Answer& answer = answers_[cursor_++];
  if (roster != nullptr && asks_people(question.kind)) {
    const auto people = count_people(*roster, question.kind, team, question.name, at);
    if (!people) return std::nullopt;
    return SlotValue::exact(*people);
  }
  const bool measured = question.kind == Kind::signal || question.kind == Kind::window;
  if (!answer.value || change == nullptr || change->shift == 0 || !measured ||
      question.name != change->signal) {
    return answer.value;
  }
  if (question.kind == Kind::signal || question.use.function != WindowFunction::change) {
    return moved(*answer.value, change->shift);
  }
  // The difference stays, what it is relative to moves.
  const double base = answer.earlier + change->shift;
  if (base == 0 || answer.earlier == 0) return std::nullopt;
  const double factor = std::abs(answer.earlier) / std::abs(base);
  return SlotValue{answer.value->value * factor, answer.value->low * factor,
                   answer.value->high * factor};
}

}  // namespace revisitd::rules
