#include "daemon/web/draft_service.h"

#include "daemon/web/fleet.h"
#include "rules/assessor.h"

namespace revisitd::daemon::web {

std::optional<rules::Draft> draft_for(const AppView& app, const std::string& service) {
  const rules::Engine& engine = app.engine();
  const rules::DecisionState* state = find_decision(engine, service);
  if (state == nullptr) return std::nullopt;
  const rules::Decision& decision = *state->decision;
  const rules::Assessor assessor(engine, app.now());
  const rules::Assessment assessment = assessor.assess(*state);
  const rules::DecisionInputs now = assessor.now(*state);
  const std::optional<rules::DecisionInputs> then = assessor.then(*state);
  const std::string text = app.record_text(decision.path);
  rules::DraftInput input{
      decision, text, app.declared_signals(), assessment, now, then, {}, nullptr, {}, app.now()};
  for (const rules::Trigger& trigger : decision.triggers) {
    if (state->triggers.contains(trigger.name)) {
      input.triggers.push_back(engine.evidence(service, trigger.name));
    }
  }
  if (state->revisit) input.revisit = &*state->revisit;
  input.neighbours = app.record_files();
  return draft_record(input);
}

}  // namespace revisitd::daemon::web
