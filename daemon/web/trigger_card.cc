#include "daemon/web/trigger_card.h"

#include "daemon/web/page.h"
#include "daemon/web/window_strip.h"

namespace revisitd::daemon::web {
namespace {

using rules::ComparisonReading;
using rules::Truth;

const char* truth_word(Truth truth) {
  switch (truth) {
    case Truth::yes:
      return "in breach now";
    case Truth::no:
      return "not in breach now";
    case Truth::unknown:
      return "cannot be told now";
  }
  return "";
}

// What a comparison's left side is worth, unless it is a constant already.
Html reading_line(const ComparisonReading& reading) {
  Html html;
  html.put(R"(<li><code>{}</code> <b class="num">{}</b> )", reading.left,
           reading.left_value ? value_text(*reading.left_value, reading.unit) : std::string("?"));
  html.put(R"(<span class="of">{} {}</span> <span class="truth">{}</span></li>)", reading.op,
           reading.right_value ? value_text(*reading.right_value, reading.unit) : reading.right,
           truth_word(reading.truth));
  return html;
}

// What was known last of signals that the newest slot has no value of.
Html last_seen_lines(const rules::DecisionState& state, const rules::Trigger& trigger,
                     const rules::TriggerState& standing, TimePoint now) {
  Html html;
  const std::int64_t newest = standing.ledger.last().value_or(0);
  for (const std::string& signal : trigger.when.signals()) {
    const auto last = state.last_values.find({signal, standing.length});
    if (last == state.last_values.end() || last->second.index >= newest) continue;
    const auto spec = state.decision->signals.find(signal);
    if (spec == state.decision->signals.end()) continue;
    html.put(R"(<li><code>{}</code> last seen {}: {}</li>)", signal,
             relative_time(slot_start(last->second.index + 1, standing.length), now),
             value_text(last->second.value, spec->second.unit));
  }
  return html;
}

Html condition_block(const rules::Engine& engine, const rules::DecisionState& state,
                     const rules::Trigger& trigger, TimePoint now) {
  Html html;
  html.put(R"(<p class="condition"><code>{}</code></p>)", trigger.when.text());
  if (trigger.provided) {
    html.put(R"(<p class="condition soft">provided <code>{}</code></p>)", trigger.provided->text());
  }
  Html readings;
  for (const ComparisonReading& reading :
       engine.read(state.service, trigger.name, rules::Engine::Values::newest_slot)) {
    readings.add(reading_line(reading));
  }
  const rules::TriggerState& standing = state.triggers.find(trigger.name)->second;
  readings.add(last_seen_lines(state, trigger, standing, now));
  html.put(R"(<ul class="readings">{}</ul>)", readings);
  return html;
}

Html share_block(const rules::Trigger& trigger, const rules::SlotCounts& counts) {
  const auto share = counts.share();
  Html html;
  html.put(
      R"(<div class="share-block"><p><b class="big num">{}</b> of the covered window in breach</p>{})",
      share ? format_share(*share) : std::string("–"),
      share_bar(share, trigger.clear, trigger.trip));
  html.put(R"(<p class="marks"><span>clears at {}</span><span>trips at {}</span></p></div>)",
           format_share(trigger.clear), format_share(trigger.trip));
  return html;
}

Html counts_block(const rules::Trigger& trigger, const rules::TriggerState& standing) {
  const rules::SlotCounts& counts = standing.ledger.counts();
  const bool enough = !less(counts.coverage(), trigger.coverage);
  Html html;
  html.put(
      R"(<dl class="counts"><div><dt><i class="key s-breach"></i>breach</dt><dd>{}</dd></div>)",
      counts.breach);
  html.put(R"(<div><dt><i class="key s-ok"></i>ok</dt><dd>{}</dd></div>)", counts.ok);
  html.put(R"(<div><dt><i class="key s-idle"></i>idle</dt><dd>{}</dd></div>)", counts.idle);
  html.put(R"(<div><dt><i class="key s-blind"></i>blind</dt><dd>{}</dd></div>)", counts.blind);
  html.put(
      R"(<div class="{}"><dt>coverage</dt><dd>{} <span class="of">of {} needed</span></dd></div></dl>)",
      enough ? "enough" : "lacking", format_share(counts.coverage()),
      format_share(trigger.coverage));
  return html;
}

Html strip_block(const rules::Trigger& trigger, const rules::TriggerState& standing) {
  Html html;
  html.add(draw_window_strip(standing.ledger, standing.length));
  const auto last = standing.ledger.last();
  if (!last) {
    html.put(R"(<p class="marks"><span>no slot judged yet</span></p>)");
    return html;
  }
  const TimePoint end = slot_start(*last + 1, standing.length);
  const TimePoint begin = end - standing.length * standing.ledger.slots();
  html.put(R"(<p class="marks"><span>{}</span><span>{} in slots of {}</span><span>{}</span></p>)",
           format_time(begin).substr(0, 16).replace(10, 1, " "), format_duration(trigger.window),
           format_duration(standing.length), format_time(end).substr(0, 16).replace(10, 1, " "));
  return html;
}

}  // namespace

Html trigger_card(const rules::Engine& engine, const rules::DecisionState& state,
                  const rules::Trigger& trigger, TimePoint now) {
  const rules::TriggerState& standing = state.triggers.find(trigger.name)->second;
  Html html;
  html.put(
      R"(<article class="card {}" id="{}"><header><h3>{}</h3>{}<span class="since">since {}</span>)",
      verdict_name(standing.verdict), "trigger-" + trigger.name, trigger.name,
      verdict_chip(standing.verdict), relative_time(standing.since, now));
  if (!trigger.favours.empty()) html.put(R"(<span class="tag">favours {}</span>)", trigger.favours);
  if (trigger.hard) html.put(R"(<span class="tag">hard</span>)");
  html.put("</header>");
  html.add(condition_block(engine, state, trigger, now));
  html.add(share_block(trigger, standing.ledger.counts()));
  html.add(strip_block(trigger, standing));
  html.add(counts_block(trigger, standing));
  if (!trigger.why.empty()) html.put(R"(<p class="why">{}</p>)", trigger.why);
  html.put("</article>");
  return html;
}

}  // namespace revisitd::daemon::web
