#include <algorithm>

#include "daemon/app_core.h"

// What services run in: drift from what is decided, services nobody decided about, and how long
// what runs is supported.
namespace revisitd::daemon {
namespace {

constexpr Duration kSupportLook = std::chrono::minutes(10);

}  // namespace

void AppCore::look_at_support() {
  std::vector<collectors::EndOfLifeFiles::File> files;
  for (const EndOfLifeFile& file : config_.end_of_life.files)
    files.push_back({file.path, file.language});
  if (!end_of_life_ || end_of_life_->files() != files) end_of_life_.emplace(std::move(files));
  std::vector<Diagnostic> problems;
  const bool changed = end_of_life_->look(problems);
  report(problems);
  // What services run in is applied when it changes; here it is time that counts, which is slow.
  if (changed || clock_.monotonic() >= support_due_) apply_support();
}

// What services run in, and what counts for support_left(): known days always, predicted ones where
// the configuration wants them. A day that nobody knows leaves the condition blind.
void AppCore::apply_support() {
  support_due_ = clock_.monotonic() + kSupportLook;
  std::map<std::string, TimePoint, std::less<>> ends;
  std::map<std::string, std::vector<std::string>, std::less<>> running;
  for (const auto& [service, state] : engine_.decisions()) {
    if (!state.decision) continue;
    const ServiceRuntime runtime = runtime_of(*state.decision);
    for (const auto& [language, version] : runtime.running) running[service].push_back(language);
    if (!runtime.support || !runtime.support->ends) continue;
    const bool predicted = runtime.support->kind == rules::SupportKind::predicted;
    if (!predicted || config_.end_of_life.predict) ends.emplace(service, *runtime.support->ends);
  }
  engine_.set_running(std::move(running));
  engine_.set_support_ends(std::move(ends));
}

ServiceRuntime AppCore::runtime_of(const rules::Decision& decision) const {
  ServiceRuntime runtime;
  const auto running = running_.of(decision.service, clock_.now());
  for (const auto& [language, known] : running) {
    runtime.running.emplace(language, known.version);
    runtime.seen = std::max(runtime.seen.value_or(known.seen), known.seen);
  }
  const auto own = running.find(decision.language);
  if (!running.empty()) {
    runtime.drift =
        own == running.end() ? ServiceRuntime::Drift::drift : ServiceRuntime::Drift::none;
  }
  runtime.version_recorded = !decision.runtime.empty();
  runtime.version = decision.runtime;
  std::vector<std::string> versions{decision.runtime};
  if (!runtime.version_recorded && own != running.end())
    versions = rules::versions_in(own->second.version);
  runtime.version = versions.front();
  if (runtime.version.empty() || !end_of_life_) return runtime;
  const rules::RuntimeCycles* cycles = end_of_life_->find(decision.language);
  if (cycles == nullptr) return runtime;
  const auto first = rules::first_to_end(*cycles, versions);
  runtime.version = versions[first.place];
  runtime.support = first.support;
  return runtime;
}

RuntimeFacts AppCore::runtime_facts() const {
  RuntimeFacts facts;
  std::map<std::string, UndocumentedService> undocumented;
  for (const auto& [name, known] : inputs_->catalogued_services())
    undocumented[name] = {name, known.owner, "catalogue", known.read_at};
  for (const std::string& service : scraper_->services()) {
    UndocumentedService& known = undocumented[service];
    known.service = service;
    known.source = known.source.empty() ? "scraped" : "scraped, catalogue";
  }
  for (const auto& [service, state] : engine_.decisions()) {
    if (!state.decision) continue;
    undocumented.erase(service);
    facts.services.emplace(service, runtime_of(*state.decision));
  }
  for (auto& [name, service] : undocumented) facts.undocumented.push_back(std::move(service));
  if (end_of_life_) facts.problems = end_of_life_->problems();
  return facts;
}

}  // namespace revisitd::daemon
