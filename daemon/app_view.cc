#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "daemon/app_core.h"
#include "daemon/exit_code.h"
#include "daemon/notify/planner.h"
#include "daemon/recorder.h"
#include "daemon/stored_slots.h"
#include "daemon/version.h"
#include "daemon/web/handler.h"
#include "rules/revisit_json.h"

// What the API and the pages see and do.
namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

// A request has ten seconds; one that waits for the disk is answered before.
constexpr Duration kWordPatience = std::chrono::seconds(5);
constexpr Duration kStuckAfter = std::chrono::seconds(30);

std::vector<rules::Revisit> finished_revisits(storage::Store& store) {
  std::vector<rules::Revisit> all;
  for (const storage::StateRow& row : store.load(kRevisitKind)) {
    const auto json = nlohmann::ordered_json::parse(row.value, nullptr, false);
    if (json.is_discarded()) continue;
    if (auto revisit = rules::revisit_from_json(json)) all.push_back(*std::move(revisit));
  }
  return all;
}

TargetStatus shown(const collectors::TargetStatus& status) {
  return {.kind = status.kind,
          .job = status.job,
          .url = status.url,
          .service = status.service,
          .labels = status.labels,
          .health = status.health,
          .last_error = status.last_error,
          .last_scrape = status.last_scrape,
          .last_duration = status.last_duration,
          .samples = status.samples,
          .interval = status.interval};
}

}  // namespace

Readiness AppCore::readiness() const {
  Readiness readiness;
  if (!loaded_) readiness.reasons.emplace_back("starting or stopping");
  if (journal_ && !journal_->writable())
    readiness.reasons.push_back("the database takes no writes: " + *journal_->trouble());
  if (clock_watch_.behind(clock_.now())) {
    readiness.reasons.push_back("the clock stands before " + format_time(*clock_watch_.recorded()) +
                                ", which is recorded already");
  }
  readiness.ready = readiness.reasons.empty();
  return readiness;
}

std::optional<std::string> AppCore::stuck() const {
  if (!loaded_) return std::nullopt;
  const Duration since = clock_.monotonic() - last_beat_;
  if (since >= kStuckAfter) return "no round was made for " + format_duration(since);
  const auto busy = store_.busy_for();
  if (!busy || *busy < kStuckAfter) return std::nullopt;
  return "the database has not answered for " +
         format_duration(std::chrono::floor<std::chrono::seconds>(*busy));
}

std::vector<TargetStatus> AppCore::targets() const {
  std::vector<TargetStatus> all;
  for (const auto& status : scraper_->status()) all.push_back(shown(status));
  for (const auto& source : sources_) all.push_back(shown(source->status()));
  for (const auto& status : discovery_->status()) all.push_back(shown(status));
  return all;
}

std::vector<RecordStatusRow> AppCore::records() const { return inputs_->records(); }
std::vector<std::string> AppCore::record_files() const { return inputs_->record_files(); }
std::string AppCore::record_text(const std::string& path) const {
  auto source = inputs_->last_good(path);
  return source ? std::move(source->text) : std::string();
}
RosterStatus AppCore::roster_status() const { return inputs_->roster_status(); }
BuildInfo AppCore::build() const { return build_info(); }

RuntimeInfo AppCore::runtime() const {
  RuntimeInfo info = runtime_;
  info.decisions = engine_.decisions().size();
  for (const auto& [service, state] : engine_.decisions()) info.triggers += state.triggers.size();
  info.targets = scraper_->status().size() + sources_.size();
  return info;
}

asio::awaitable<std::vector<storage::TrailRow>> AppCore::trail(storage::TrailQuery query) {
  auto ask = [query](storage::Store& store) { return store.trail(query); };
  co_return co_await store_.ask(std::move(ask));
}

asio::awaitable<std::vector<storage::DeliveryRow>> AppCore::deliveries(
    storage::DeliveryQuery query) {
  auto ask = [query](storage::Store& store) { return store.deliveries(query); };
  co_return co_await store_.ask(std::move(ask));
}

asio::awaitable<std::vector<storage::IndexedValue>> AppCore::slots(std::string service,
                                                                   std::string signal,
                                                                   Duration length,
                                                                   std::int64_t first,
                                                                   std::int64_t last) {
  auto ask = [=](storage::Store& store) {
    return store.read_slots(service, signal, length, first, last);
  };
  co_return co_await store_.ask(std::move(ask));
}

asio::awaitable<rules::SlotHistory> AppCore::history(std::vector<rules::HistoryNeed> needs) {
  auto ask = [needs = std::move(needs)](storage::Store& store) {
    return read_history(store, needs);
  };
  co_return co_await store_.ask(std::move(ask));
}

asio::awaitable<storage::StoreStats> AppCore::store_stats() {
  auto ask = [](storage::Store& store) { return store.stats(); };
  stats_ = co_await store_.ask(std::move(ask));
  co_return stats_;
}

asio::awaitable<std::vector<rules::Revisit>> AppCore::revisits(std::string state) {
  const auto wanted = rules::parse_revisit_state(state);
  std::vector<rules::Revisit> all;
  if (!wanted || rules::is_final(*wanted)) all = co_await store_.ask(finished_revisits);
  for (const auto& [service, decision] : engine_.decisions()) {
    if (decision.revisit) all.push_back(*decision.revisit);
  }
  if (wanted) std::erase_if(all, [&](const rules::Revisit& r) { return r.state != *wanted; });
  std::sort(all.begin(), all.end(), [](const rules::Revisit& a, const rules::Revisit& b) {
    return a.since != b.since ? a.since > b.since : a.id < b.id;
  });
  co_return all;
}

asio::awaitable<Result<rules::Revisit, rules::ActionFailure>> AppCore::act(rules::Action action) {
  using Done = Result<rules::Revisit, rules::ActionFailure>;
  // A word that cannot be kept is not taken, and its sender is told at once.
  if (const auto refused = takes_no_writes()) co_return Done(*refused);
  std::optional<rules::Revisit> revisit;
  {
    const collectors::AsyncSemaphore::Permit permit = co_await gate_.acquire();
    if (const auto refused = takes_no_writes()) co_return Done(*refused);
    try {
      auto step = engine_.act(clock_.now(), action);
      if (!step) co_return Done(step.error());
      absorb(*step);
      revisit = step->events.back().revisit;
    } catch (const std::exception& error) {
      // What breaks off here may stand in memory and nowhere else: what is committed is read anew.
      fail(cli::kBad, std::string("an act broke off: ") + error.what());
      throw;
    }
  }
  if (co_await journal_->settled(kWordPatience)) co_return Done(*std::move(revisit));
  co_return Done(not_on_disk_yet());
}

rules::ActionFailure AppCore::not_on_disk_yet() const {
  return {rules::ActionError::unavailable,
          "it is done, but not on disk yet: the database " +
              (journal_->trouble() ? "takes no writes: " + *journal_->trouble() : "is slow") +
              "; it will be written as soon as that can be, do not repeat it"};
}

std::optional<rules::ActionFailure> AppCore::takes_no_writes() const {
  if (journal_->writable()) return std::nullopt;
  return rules::ActionFailure{rules::ActionError::unavailable,
                              "the database takes no writes: " + *journal_->trouble()};
}

asio::awaitable<Result<Ok, rules::ActionFailure>> AppCore::requeue(std::string delivery_id) {
  using Done = Result<Ok, rules::ActionFailure>;
  if (const auto refused = takes_no_writes()) co_return Done(*refused);
  storage::DeliveryQuery query;
  query.state = storage::DeliveryState::dead;
  query.limit = 100'000;
  const std::vector<storage::DeliveryRow> dead = co_await deliveries(std::move(query));
  const auto rows = notify::requeued(dead, delivery_id, clock_.now());
  if (rows.empty()) {
    co_return Done(rules::ActionFailure{rules::ActionError::unknown_revisit,
                                        "no dead delivery has the id '" + delivery_id + "'"});
  }
  storage::Batch batch;
  batch.deliveries = rows;
  journal_->add(std::move(batch), [this, rows] { outbox_->accept(rows); });
  if (co_await journal_->settled(kWordPatience)) co_return Done(Ok{});
  co_return Done(not_on_disk_yet());
}

asio::awaitable<Result<std::string>> AppCore::backup() {
  using Done = Result<std::string>;
  const std::filesystem::path folder = std::filesystem::absolute(options_.storage_path) / "backups";
  std::string name = "revisitd-" + format_time(clock_.now()) + ".db";
  std::erase(name, ':');
  const std::string path = (folder / name).lexically_normal().string();
  auto copy = [path, where = folder.string()](storage::Store& store) {
    ::mkdir(where.c_str(), 0700);
    store.backup(path);
    return true;
  };
  std::optional<std::string> failed;
  try {
    co_await store_.ask(std::move(copy), StoreThread::Haste::whenever);
  } catch (const storage::StoreError& error) {
    failed = error.what();
  }
  if (failed) co_return Done(Error{*failed});
  log_.info("database copied", {{"path", path}});
  co_return Done(path);
}

asio::awaitable<HttpResponse> AppCore::answer(HttpRequest request) {
  GuardPolicy policy;
  policy.listen_host = options_.listen_address.substr(0, options_.listen_address.rfind(':'));
  const std::size_t scheme = external_url_.find("://");
  if (scheme != std::string::npos) {
    policy.external_host = external_url_.substr(scheme + 3);
    policy.external_host = policy.external_host.substr(0, policy.external_host.find_first_of("/:"));
  }
  const bool changes = request.method != "GET";
  const auto refusal = changes ? refuse_change(request, policy) : refuse_read(request, policy);
  // What nobody answers is told as such, whatever it says.
  const bool refused =
      refusal && (refusal->status != 415 || !serving_ || web::has_route(*this, request));
  HttpResponse response;
  if (refused) {
    const bool forbidden = refusal->status == 403;
    response =
        web::refusal(*this, request,
                     forbidden ? web::ApiError::forbidden : web::ApiError::unsupported_media_type,
                     refusal->reason);
  } else if (!serving_ && (request.path == "/-/healthy" || request.path == "/healthz")) {
    response.body = "revisitd is healthy.\n";
  } else if (!serving_) {
    response = web::refusal(*this, request, web::ApiError::unavailable, "revisitd is starting.");
  } else {
    response = co_await handler_(std::move(request));
  }
  metrics_.answered(response.status);
  co_return response;
}

}  // namespace revisitd::daemon
