#include <algorithm>
#include <cmath>

#include "rules/explain.h"
#include "rules/explain_trend.h"

namespace revisitd::rules {
namespace {

std::string upper(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string interval(const SlotValue& value, Unit unit) {
  return "(" + format_quantity(value.low, unit) + ", " + format_quantity(value.high, unit) + "]";
}

std::string shown(const SlotValue& value, Unit unit) {
  const std::string text = format_quantity(value.value, unit);
  return value.is_exact() ? text : text + " in " + interval(value, unit);
}

const char* state_word(SlotState state) {
  switch (state) {
    case SlotState::blind:
      return "blind";
    case SlotState::ok:
      return "ok";
    case SlotState::breach:
      return "in breach";
    case SlotState::idle:
      return "idle";
  }
  return "";
}

const char* truth_word(Truth truth, bool of_provided) {
  switch (truth) {
    case Truth::yes:
      return of_provided ? "met" : "true";
    case Truth::no:
      return of_provided ? "not met" : "false";
    case Truth::unknown:
      return "unknown";
  }
  return "";
}

// A side that is written as a constant needs no value beside it.
std::string side(const std::string& source, const std::optional<SlotValue>& value, Unit unit) {
  if (parse_quantity(source)) return source;
  return source + " = " + (value ? shown(*value, unit) : std::string("?"));
}

void add_comparisons(std::string& text, const Explanation& e) {
  for (const ExplainedComparison& c : e.comparisons) {
    const ComparisonReading& r = c.reading;
    text += "    " + side(r.left, r.left_value, r.unit) + " " + r.op + " " +
            side(r.right, r.right_value, r.unit) + ": " + truth_word(r.truth, c.of_provided) +
            (c.seen ? ", last seen " + format_time(*c.seen) : "") + "\n";
    if (c.undecided > 0) {
      text += "      " + std::to_string(c.undecided) + (c.undecided == 1 ? " slot" : " slots") +
              " cannot tell: the bucket " + interval(*c.bucket, r.unit) + " holds the threshold\n";
    }
  }
}

void add_window(std::string& text, const Explanation& e) {
  const auto share = e.counts.share();
  if (share) {
    text += "  In breach for " + format_share(*share) + " of the covered slots of the last " +
            format_duration(e.window) + "; trips at " + format_share(e.trip) + ", clears at " +
            format_share(e.clear) + ".\n";
  } else {
    text += "  No slot of the last " + format_duration(e.window) + " is covered.\n";
  }
  text += "  " + std::to_string(e.counts.total()) + " slots of " + format_duration(e.slot) + ": " +
          std::to_string(e.counts.breach) + " breach, " + std::to_string(e.counts.ok) + " ok, " +
          std::to_string(e.counts.idle) + " idle, " + std::to_string(e.counts.blind) +
          " blind. Coverage " + format_share(e.counts.coverage()) + ", needs " +
          format_share(e.coverage) + (less(e.counts.coverage(), e.coverage) ? ": too little" : "") +
          ".\n";
  for (const BlindReason& reason : e.blind) {
    text += "    blind for " + std::to_string(reason.slots) +
            (reason.slots == 1 ? " slot: " : " slots: ") +
            (reason.input.empty() ? reason.why : reason.input + " has " + reason.why) + "\n";
  }
}

void add_course(std::string& text, const Explanation& e) {
  if (e.onset) text += "  First breach of the window: " + format_time(*e.onset) + ".\n";
  if (e.judged && e.run_since) {
    text += std::string("  Newest slot: ") + state_word(e.newest) + ", as are all since " +
            format_time(*e.run_since) + " (" + format_duration(*e.judged - *e.run_since) + ").\n";
  }
  for (const SignalTrend& t : e.trends) {
    text += "  Trend: " + t.signal + " " + trend_words(t) + "; " +
            format_quantity(t.least, t.unit) + " to " + format_quantity(t.most, t.unit) + " in " +
            std::to_string(t.values) + (t.values == 1 ? " value.\n" : " values.\n");
  }
}

void add_nearest(std::string& text, const Explanation& e) {
  for (const ExplainedComparison& c : e.comparisons) {
    if (c.nearest.empty()) continue;
    text += e.verdict == Verdict::tripped ? "  Mildest breaches of " : "  Nearest misses of ";
    text += c.reading.left + " " + c.reading.op + " " + c.reading.right + ":\n";
    for (const NearSlot& near : c.nearest) {
      text += "    " + format_time(near.start) + "  " + shown(near.left, c.reading.unit) + ", " +
              (near.distance == 0 ? std::string("on the threshold")
                                  : format_quantity(std::abs(near.distance), c.reading.unit) +
                                        (near.distance > 0 ? " above" : " below")) +
              "\n";
    }
  }
}

void add_flips(std::string& text, const Explanation& e) {
  if (e.flips.empty()) {
    text += "  No change of one thing alone gives another verdict.\n";
    return;
  }
  text += "  The smallest changes that give another verdict:\n";
  const auto course = std::find_if(e.flips.begin(), e.flips.end(),
                                   [](const Flip& f) { return f.kind == FlipKind::course; });
  for (const Flip& flip : e.flips) {
    const bool said = flip.kind == FlipKind::time && course != e.flips.end() &&
                      flip.slots == course->slots && flip.state == e.newest;
    if (!said) text += "    " + std::string(verdict_name(flip.to)) + ": " + flip.text + "\n";
  }
}

}  // namespace

std::string explanation_text(const Explanation& e) {
  std::string text = e.service + " / " + e.trigger + ": " + upper(verdict_name(e.verdict));
  if (e.since) text += " since " + format_time(*e.since);
  text += "\n";
  if (!e.held.empty()) text += "  No revisit: " + e.held + ".\n";
  text += "  When " + e.condition + "\n";
  if (!e.provided.empty()) text += "  provided " + e.provided + "\n";
  if (!e.judged) {
    text += "  No slot has been judged yet.\n";
  } else {
    add_comparisons(text, e);
    add_window(text, e);
    add_course(text, e);
    add_nearest(text, e);
  }
  add_flips(text, e);
  return text;
}

}  // namespace revisitd::rules
