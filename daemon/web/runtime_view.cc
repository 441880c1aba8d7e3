#include "daemon/web/runtime_view.h"

#include <nlohmann/json.hpp>

#include "daemon/web/page.h"

namespace revisitd::daemon::web {
namespace {

Json support_json(const ServiceRuntime& runtime) {
  if (!runtime.support) return nullptr;
  const rules::RuntimeSupport& support = *runtime.support;
  return {{"version", runtime.version},
          {"version_from", runtime.version_recorded ? "record" : "running"},
          {"cycle", support.cycle},
          {"latest", support.latest},
          {"kind", rules::support_kind_name(support.kind)},
          {"ends", support.ends ? Json(format_date(*support.ends)) : Json(nullptr)}};
}

// "go 1.22.3, python".
std::string running_text(const ServiceRuntime& runtime) {
  std::string text;
  for (const auto& [language, version] : runtime.running) {
    text += (text.empty() ? "" : ", ") + language + (version.empty() ? "" : " " + version);
  }
  return text;
}

std::string support_text(const ServiceRuntime& runtime) {
  const rules::RuntimeSupport& support = *runtime.support;
  const std::string what = "Support for " + runtime.version;
  switch (support.kind) {
    case rules::SupportKind::known:
      return what + ": until " + format_date(*support.ends) + ".";
    case rules::SupportKind::over:
      return what + " has ended.";
    case rules::SupportKind::predicted:
      return what + ": no end is announced; earlier cycles would put it about " +
             format_date(*support.ends) + ".";
    case rules::SupportKind::unknown:
      return what + ": nobody says until when.";
  }
  return "";
}

}  // namespace

void add_runtime(Json& decision, const RuntimeFacts& facts) {
  const auto found = facts.services.find(decision.value("service", ""));
  if (found == facts.services.end()) return;
  const ServiceRuntime& runtime = found->second;
  decision["running"] = Json::object();
  for (const auto& [language, version] : runtime.running) decision["running"][language] = version;
  decision["running_seen"] = time_json(runtime.seen);
  decision["drift"] = runtime.drift == ServiceRuntime::Drift::unknown
                          ? Json(nullptr)
                          : Json(runtime.drift == ServiceRuntime::Drift::drift);
  decision["support"] = support_json(runtime);
}

void add_runtime_counts(Json& status, const RuntimeFacts& facts) {
  status["drifted"] = Json::array();
  for (const auto& [service, runtime] : facts.services) {
    if (runtime.drift == ServiceRuntime::Drift::drift) status["drifted"].push_back(service);
  }
  status["undocumented"] = Json::array();
  for (const UndocumentedService& service : facts.undocumented) {
    status["undocumented"].push_back({{"service", service.service},
                                      {"owner", service.owner},
                                      {"source", service.source},
                                      {"read_at", time_json(service.read_at)}});
  }
}

Html runtime_line(const RuntimeFacts& facts, const rules::Decision& decision, TimePoint now) {
  Html html;
  const auto found = facts.services.find(decision.service);
  if (found == facts.services.end()) return html;
  const ServiceRuntime& runtime = found->second;
  if (runtime.drift == ServiceRuntime::Drift::drift) {
    html.put(R"(<p class="lead">{} The record says {}, and {} runs.</p>)",
             word_chip("bad", "drift"), decision.language, running_text(runtime));
  } else if (!runtime.running.empty()) {
    html.put(R"(<p class="lead">Runs {}, seen {}.</p>)", running_text(runtime),
             relative_time(runtime.seen, now));
  }
  if (runtime.support) html.put(R"(<p class="lead">{}</p>)", support_text(runtime));
  return html;
}

}  // namespace revisitd::daemon::web
