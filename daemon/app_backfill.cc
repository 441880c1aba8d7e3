#include <algorithm>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/app_core.h"
#include "daemon/stored_slots.h"

// The past of triggers that nobody watched, and what is told of fetching it.
namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

// The store's own trouble is looked at this often.
constexpr Duration kRetry = std::chrono::seconds(2);

}  // namespace

asio::awaitable<bool> AppCore::doze(Duration time) {
  if (loops_.cancelled()) co_return false;
  co_return co_await sleep_for(time) && !loops_.cancelled();
}

std::shared_ptr<collectors::PromqlSource> AppCore::source_named(const std::string& server) const {
  for (const auto& source : sources_) {
    if (source->spec().name == server) return source;
  }
  return nullptr;
}

AppCore::KnownTriggers AppCore::known_triggers() const {
  KnownTriggers known;
  for (const auto& [service, state] : engine_.decisions()) {
    for (const auto& [name, trigger] : state.triggers)
      known[{service, name}] = {trigger.meaning, trigger.length};
  }
  return known;
}

void AppCore::plan_backfill(const KnownTriggers& before, const rules::SlotHistory& stored) {
  BackfillPlan& plan = backfill_.plan();
  plan.retain([this](const BackfillWork& work) {
    const auto state = engine_.decisions().find(work.service);
    if (state == engine_.decisions().end()) return false;
    const auto trigger = state->second.triggers.find(work.trigger);
    return trigger != state->second.triggers.end() && *trigger->second.meaning == work.meaning &&
           trigger->second.length == work.signals.begin()->second.question.length;
  });
  for (const auto& [service, state] : engine_.decisions()) {
    if (config_.prometheus.empty()) break;
    if (!state.decision) continue;
    for (const rules::Trigger& trigger : state.decision->triggers) {
      const rules::TriggerState& standing = state.triggers.at(trigger.name);
      const auto known = before.find({service, trigger.name});
      if (known != before.end() && known->second == std::pair(standing.meaning, standing.length))
        continue;
      if (auto work = backfill_work(engine_, clock_.now(), service, trigger))
        plan.add(*std::move(work), stored);
    }
  }
  backfill_.keep_rows();
  if (loaded_ && !gaps_.is_open()) start_backfill();
}

void AppCore::resume_backfill() {
  for (const storage::StateRow& row : saved_backfill_) {
    if (auto work = BackfillPlan::read_work(row, engine_)) {
      backfill_.plan().add_saved(*std::move(work));
    } else {
      backfill_.plan().forget(row);
    }
  }
  saved_backfill_.clear();
  backfill_.keep_rows();
}

void AppCore::start_backfill() {
  for (const std::string& server : backfill_.idle_servers()) {
    loops_.spawn("backfill from " + server, drain_backfill(server));
  }
}

asio::awaitable<void> AppCore::drain_backfill(std::string server) {
  co_await backfill_.drain(std::move(server));
}

BackfillEnvironment AppCore::backfill_environment() {
  BackfillEnvironment environment;
  environment.now = [this] { return clock_.now(); };
  environment.sleep = [this](Duration time) { return doze(time); };
  environment.called_off = [this] { return loops_.cancelled(); };
  environment.source = [this](const std::string& server) { return source_named(server); };
  environment.store = [this](std::vector<storage::SlotRow> rows) {
    return store_fetched(std::move(rows));
  };
  environment.rejudge = [this](std::vector<BackfillPlan::Ready> ready) {
    return rejudge(std::move(ready));
  };
  environment.keep = [this](storage::Batch batch) { journal_->add(std::move(batch)); };
  environment.services = [this] { return engine_.decisions().size(); };
  environment.note = [this](const BackfillNote& note) { note_backfill(note); };
  return environment;
}

asio::awaitable<void> AppCore::store_fetched(std::vector<storage::SlotRow> rows) {
  const auto shared = std::make_shared<const std::vector<storage::SlotRow>>(std::move(rows));
  while (!loops_.cancelled()) {
    try {
      auto fill = [shared](storage::Store& store) {
        fill_holes(store, *shared);
        return true;
      };
      co_await store_.ask(std::move(fill));
      co_return;
    } catch (const storage::StoreError& error) {
      using storage::StoreTrouble;
      if (error.trouble() != StoreTrouble::full && error.trouble() != StoreTrouble::locked) {
        fail(74, std::string("the database failed: ") + error.what());
        co_return;
      }
    }
    if (!co_await doze(kRetry)) co_return;
  }
}

asio::awaitable<void> AppCore::rejudge(std::vector<BackfillPlan::Ready> ready) {
  const collectors::AsyncSemaphore::Permit permit = co_await gate_.acquire();
  const TimePoint at = clock_.now();
  std::vector<rules::HistoryNeed> needs;
  for (const BackfillPlan::Ready& r : ready) {
    std::vector<rules::HistoryNeed> some = engine_.needs(at, r.service, r.trigger);
    needs.insert(needs.end(), std::make_move_iterator(some.begin()),
                 std::make_move_iterator(some.end()));
  }
  // Slots judged a moment ago must be there to be read; what the disk does not take stands as it
  // was judged.
  if (journal_->writable()) co_await journal_->durable();
  rules::SlotHistory history;
  try {
    auto read = [&needs](storage::Store& store) { return read_history(store, needs); };
    history = co_await store_.ask(std::move(read));
  } catch (const storage::StoreError& error) {
    log_.error("stored slots cannot be read", {{"why", error.what()}});
    co_return;
  }
  rules::StepResult all;
  for (const BackfillPlan::Ready& r : ready)
    all.append(engine_.rejudge(at, r.service, r.trigger, history));
  absorb(all);
}

BackfillStatus AppCore::backfill() const {
  BackfillStatus status;
  for (const GapFiller::Stretch& gap : gaps_.left()) {
    if (gap.slots.size() <= 0) continue;
    status.gaps.push_back({gap.length, slot_start(gap.slots.first, gap.length),
                           slot_start(gap.slots.last, gap.length), gap.slots.size()});
  }
  for (BackfillPlan::Progress& p : backfill_.plan().progress()) {
    BackfillStatus::Trigger trigger{p.service, p.trigger, p.window ? "window" : "look-back",
                                    0,         p.left,    p.problem};
    if (p.given_up) trigger.state = "given-up";
    if (p.wanted > 0)
      trigger.done = 1 - static_cast<double>(p.left) / static_cast<double>(p.wanted);
    status.triggers.push_back(std::move(trigger));
  }
  status.slots_left = backfill_.plan().slots_left();
  const LongPast::Counters& past = long_past_.counters();
  status.queries = backfill_.counters().queries + gaps_.queries() + past.queries;
  status.failures = backfill_.counters().failures + gaps_.failures() + past.failures;
  status.values = backfill_.counters().values + past.values;
  for (const auto& [server, slots] : long_past_.plan().slots_left())
    status.long_past.push_back({server, slots, long_past_.plan().problem(server)});
  status.gap_slots = gaps_.judged();
  status.judged = backfill_.counters().triggers;
  return status;
}

BackfillFigures AppCore::backfill_figures() const {
  const BackfillStatus status = backfill();
  BackfillFigures figures{.queries = static_cast<double>(status.queries),
                          .failures = static_cast<double>(status.failures),
                          .values = static_cast<double>(status.values),
                          .gap_slots = static_cast<double>(status.gap_slots),
                          .judged = static_cast<double>(status.judged),
                          .triggers = static_cast<double>(backfill_.plan().triggers()),
                          .slots_left = static_cast<double>(status.slots_left)};
  for (const BackfillStatus::Gap& gap : status.gaps)
    figures.gap_left += static_cast<double>(gap.slots);
  for (const auto& server : status.long_past)
    figures.long_past_left += static_cast<double>(server.slots_left);
  return figures;
}

void AppCore::note_backfill(const BackfillNote& note) {
  using Kind = BackfillNote::Kind;
  const std::string count = std::to_string(note.count);
  switch (note.kind) {
    case Kind::started:
      return log_.info("backfill begins", {{"server", note.server}, {"triggers", count}});
    case Kind::chunk:
      return log_.info("backfill goes on",
                       {{"server", note.server},
                        {"from", format_time(note.from)},
                        {"to", format_time(note.to)},
                        {"values", count},
                        {"slots_left", std::to_string(backfill_.plan().slots_left())}});
    case Kind::failed:
      return log_.warn("backfill cannot have a chunk",
                       {{"server", note.server}, {"why", note.message}});
    case Kind::judged:
      return log_.info("backfilled triggers judged", {{"triggers", count}});
    case Kind::finished:
      return log_.info("backfill is complete", {{"server", note.server}});
  }
}

}  // namespace revisitd::daemon
