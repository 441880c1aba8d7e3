#include "daemon/web/revisit_box.h"

#include <set>
#include <string>

namespace revisitd::daemon::web {
namespace {

using rules::Revisit;
using rules::RevisitState;

std::string minute(TimePoint time) { return format_time(time).substr(0, 16).replace(10, 1, " "); }

std::string quoted(const std::string& why) { return why.empty() ? "" : ": " + why; }

Html evidence_row(const rules::TriggerEvidence& e) {
  const auto share = e.counts.share();
  Html html;
  html.put(
      R"(<tr><th scope="row">{}</th><td data-label="Verdict">{}</td><td data-label="Reading">{}<code>{}</code></td>)",
      e.name, verdict_chip(e.verdict),
      e.verdict == rules::Verdict::tripped ? "" : "when it tripped: ",
      e.reading.empty() ? e.condition : e.reading);
  html.put(R"(<td data-label="Share" class="num">{} of {}</td><td data-label="Onset">{}</td>)",
           share ? format_share(*share) : std::string("–"), format_duration(e.window),
           e.onset ? minute(*e.onset) : std::string("–"));
  html.put(R"(<td data-label="Favours">{}</td></tr>)", e.favours.empty() ? "–" : e.favours);
  return html;
}

void add_step(Html& list, TimePoint at, const std::string& what) {
  list.put("<li><time datetime=\"{}\">{}</time> {}</li>", format_time(at), minute(at), what);
}

// What else happened when its triggers began to be in breach.
void add_circumstances(Html& list, const Revisit& r) {
  std::set<std::string> said;
  for (const rules::TriggerEvidence& e : r.triggers) {
    if (e.release && said.insert(e.release->to).second) {
      add_step(list, e.release->at, "released " + e.release->to + ", before it " + e.release->from);
    }
    if (e.load && e.load->grew() && e.onset) {
      add_step(list, *e.onset,
               e.name + " began; from " + format_quantity(e.load->calm, Unit::number) + " to " +
                   format_quantity(e.load->breach, Unit::number) + " requests a second");
    }
  }
}

Html history(const Revisit& r) {
  Html list;
  add_circumstances(list, r);
  add_step(list, r.since, r.backfilled ? "opened, from backfilled slots" : "opened");
  if (r.acknowledgement) {
    add_step(list, r.acknowledgement->at,
             "acknowledged by " + r.acknowledgement->by + quoted(r.acknowledgement->why));
  }
  if (r.snooze) {
    std::string until = " until " + minute(r.snooze->until);
    if (r.snooze->worsens_by)
      until += ", or worse by " + format_quantity(*r.snooze->worsens_by, Unit::ratio);
    add_step(list, r.snooze->at, "snoozed by " + r.snooze->by + until + quoted(r.snooze->why));
  }
  if (r.state == RevisitState::subsided)
    add_step(list, r.changed, "subsided: every trigger is clear again");
  if (r.conclusion) {
    add_step(list, r.conclusion->at,
             "concluded as " + std::string(outcome_name(r.conclusion->outcome)) + " by " +
                 r.conclusion->by + quoted(r.conclusion->why));
  }
  return list;
}

}  // namespace

Html revisit_box(const Revisit& r, const Address& draft, TimePoint now) {
  Html rows;
  for (const rules::TriggerEvidence& e : r.triggers) rows.add(evidence_row(e));
  Html html;
  html.put(
      R"(<section class="revisit {}" aria-labelledby="revisit"><header><h2 id="revisit">Revisit</h2>{})",
      revisit_state_name(r.state), revisit_chip(r.state));
  html.put(R"(<span class="since">since {}</span>)", relative_time(r.since, now));
  if (!r.favours.empty()) html.put(R"(<span class="tag">favours {}</span>)", r.favours);
  for (const std::string& label : labels(r)) html.put(R"(<span class="tag">{}</span>)", label);
  html.put(R"(<code class="id">{}</code></header>)", r.id);
  html.put(
      R"(<div class="scroll"><table><thead><tr><th scope="col">Trigger</th><th scope="col">Verdict</th><th scope="col">Reading</th><th scope="col" class="num">In breach</th><th scope="col">Onset (UTC)</th><th scope="col">Favours</th></tr></thead><tbody>{}</tbody></table></div>)",
      rows);
  if (!r.assessment.summary.empty()) {
    html.put(R"(<p>The decision rerun at that time: {}.</p>)", r.assessment.summary);
  }
  html.put(R"(<ol class="history">{}</ol>)", history(r));
  if (!is_final(r.state)) {
    html.put(
        R"(<p class="hint">It stays until somebody concludes it: with a new revision of the record, )"
        R"(<code>revisitd conclude {}</code>, or the API.)",
        r.service);
    html.put(R"( <a href="{}">Draft of the new decision</a>.)", draft);
    if (r.next_reminder) html.put(" Next reminder {}.", relative_time(r.next_reminder, now));
    html.put("</p>");
  }
  html.put("</section>");
  return html;
}

}  // namespace revisitd::daemon::web
