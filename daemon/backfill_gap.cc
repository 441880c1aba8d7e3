#include "daemon/backfill_gap.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using rules::Absence;
using Kind = GapNote::Kind;

constexpr Duration kRetry = std::chrono::seconds(1);

TimePoint end_of(const rules::SlotReading& reading) { return reading.start + reading.length; }

rules::SignalReading read_signal(const GapSignal& wanted,
                                 const collectors::SlotHistoryAnswer& answer, std::int64_t index) {
  rules::SignalReading reading{wanted.signal, std::nullopt, Absence::no_data};
  const auto service = answer.find(wanted.service);
  if (service == answer.end()) return reading;
  const auto slot = service->second.find(index);
  if (slot == service->second.end()) return reading;
  if (slot->second.value) reading.value = rules::SlotValue::exact(*slot->second.value);
  reading.absence = slot->second.absence;
  return reading;
}

}  // namespace

// What the questions of one chunk share; alive until the last of them has its answer, which may be
// after the filler itself has gone.
struct GapFiller::Asking {
  Asking(GapFiller& filler, std::size_t questions)
      : filler(filler),
        alive(filler.alive_),
        left(questions),
        done(filler.environment_.executor, asio::steady_timer::time_point::max()) {}

  GapFiller& filler;
  std::weak_ptr<const bool> alive;
  std::size_t left;
  asio::steady_timer done;
  bool called_off = false;
  Answers answers;
};

bool GapFiller::open(const std::vector<Stretch>& stretches) {
  std::size_t slots = 0;
  for (const Stretch& s : stretches) {
    if (s.slots.size() <= 0) continue;
    slots += static_cast<std::size_t>(s.slots.size());
    Line& line = lines_[s.length];
    if (line.left.size() <= 0) {
      line.left = s.slots;
      line.fetched = {s.slots.first, s.slots.first};
    }
    line.left.last = s.slots.last;
  }
  if (slots == 0) return false;
  environment_.note({.kind = Kind::opened, .count = slots, .server = "", .message = ""});
  if (open_) return false;
  open_ = true;
  opened_ = environment_.now();
  filled_ = 0;
  given_up_.clear();
  silent_since_.clear();
  return true;
}

void GapFiller::hold(rules::SlotReading reading) { held_.push_back(std::move(reading)); }

std::vector<GapFiller::Stretch> GapFiller::left() const {
  std::vector<Stretch> list;
  for (const auto& [length, line] : lines_) list.push_back({length, line.left});
  return list;
}

// Of slots that end together the shorter comes first, as live.
std::optional<Duration> GapFiller::earliest() const {
  std::optional<Duration> best;
  for (const auto& [length, line] : lines_) {
    if (line.left.size() <= 0) continue;
    if (!best || slot_start(line.left.first + 1, length) <
                     slot_start(lines_.at(*best).left.first + 1, *best)) {
      best = length;
    }
  }
  return best;
}

std::optional<std::size_t> GapFiller::earliest_held() const {
  if (held_.empty()) return std::nullopt;
  const auto first = std::min_element(held_.begin(), held_.end(), [](const auto& a, const auto& b) {
    return std::pair(end_of(a), a.length) < std::pair(end_of(b), b.length);
  });
  return static_cast<std::size_t>(first - held_.begin());
}

awaitable<void> GapFiller::run() {
  std::vector<rules::SlotReading> batch;
  std::size_t signals = 0;
  bool on = true;
  while (on) {
    const std::optional<Duration> length = earliest();
    const std::optional<std::size_t> held = earliest_held();
    const bool missing = length && lines_.at(*length).left.first >= lines_.at(*length).fetched.last;
    if (!batch.empty() && (missing || (!length && !held) || signals > options_.judged_at_once)) {
      co_await environment_.judge(std::exchange(batch, {}));
      signals = 0;
      continue;  // something may have come meanwhile
    }
    if (!length && !held) break;
    if (held && (!length ||
                 std::pair(end_of(held_[*held]), held_[*held].length) <
                     std::pair(slot_start(lines_.at(*length).left.first + 1, *length), *length))) {
      batch.push_back(std::move(held_[*held]));
      held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(*held));
    } else if (missing) {
      on = co_await fetch(*length);
      continue;
    } else {
      Line& line = lines_.at(*length);
      batch.push_back(read(*length, line));
      ++line.left.first;
      ++filled_;
      ++judged_;
    }
    for (const rules::ServiceReading& s : batch.back().services) signals += s.signals.size() + 1;
    ++signals;
  }
  if (on) {
    environment_.note({.kind = Kind::filled, .count = filled_, .server = "", .message = ""});
  }
  lines_.clear();
  open_ = false;
}

// Asks every question of the length for the next chunk; false when called off.
awaitable<bool> GapFiller::fetch(Duration length) {
  Line& line = lines_.at(length);
  line.wanted = environment_.wanted(length);
  const bool late = environment_.now() - opened_ >= options_.most_time;
  const auto values = static_cast<std::int64_t>(std::max<std::size_t>(line.wanted.size(), 1));
  const std::int64_t most = std::clamp<std::int64_t>(
      options_.most_values / values, 1, std::max<std::int64_t>(options_.most_slots, 1));
  const SlotRange slots{line.left.first, std::min(line.left.first + most, line.left.last)};
  std::set<BackfillQuestion> questions;
  Duration delay{};
  for (const GapSignal& signal : line.wanted) {
    if (late) give_up(signal.question.from, "the gap takes too long to fill");
    if (given_up_.contains(signal.question.from)) continue;
    const auto source = environment_.source(signal.question.from);
    if (!source) continue;
    questions.insert(signal.question);
    delay = std::max(delay, source->spec().evaluation_delay);
  }
  line.answers.clear();
  if (questions.empty()) {
    // Nobody can be asked: the slots stay as blind as they are.
    line.left.first = line.fetched.last = line.left.last;
    co_return true;
  }
  const Duration wait =
      std::min(slot_start(slots.last, length) + delay - environment_.now(), delay);
  if (wait > Duration{}) {
    const bool slept = co_await environment_.sleep(wait);
    if (!slept) co_return false;
  }
  const auto asking = std::make_shared<Asking>(*this, questions.size());
  for (const BackfillQuestion& question : questions) {
    asio::co_spawn(environment_.executor, ask(asking, question, slots),
                   [asking](const std::exception_ptr& error) {
                     if (error) asking->called_off = true;
                     if (--asking->left == 0) asking->done.cancel();
                   });
  }
  boost::system::error_code ignored;
  if (asking->left > 0) {
    co_await asking->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (asking->left > 0) co_return false;  // we are called off; the answers find nobody
  line.answers = std::move(asking->answers);
  line.fetched = slots;
  co_return !asking->called_off;
}

awaitable<void> GapFiller::ask(std::shared_ptr<Asking> asking, BackfillQuestion question,
                               SlotRange slots) {
  GapFiller& self = asking->filler;
  const std::string server = question.from;
  while (!self.given_up_.contains(server)) {
    const auto source = self.environment_.source(server);
    if (!source) co_return;
    const TimePoint began = self.environment_.now();
    ++self.queries_;
    auto answer =
        co_await source->fetch_range(spec_of(question), question.length, slots.first, slots.last);
    if (asking->alive.expired()) co_return;
    if (answer) {
      self.silent_since_.erase(server);
      asking->answers.emplace(question, std::move(*answer));
      co_return;
    }
    ++self.failures_;
    const collectors::PromqlError& error = answer.error();
    if (error.failure != collectors::PromqlFailure::unavailable) {
      self.environment_.note(
          {.kind = Kind::failed, .count = 0, .server = server, .message = error.message});
      co_return;
    }
    const TimePoint since = self.silent_since_.try_emplace(server, began).first->second;
    const TimePoint now = self.environment_.now();
    if (now - since >= self.options_.patience || now - self.opened_ >= self.options_.most_time) {
      self.give_up(server, error.message);
      co_return;
    }
    const bool slept = co_await self.environment_.sleep(kRetry);
    asking->called_off = asking->called_off || !slept;
    if (!slept || asking->alive.expired()) co_return;
  }
}

void GapFiller::give_up(const std::string& server, const std::string& why) {
  if (!given_up_.insert(server).second) return;
  environment_.note({.kind = Kind::gave_up, .count = 0, .server = server, .message = why});
}

rules::SlotReading GapFiller::read(Duration length, const Line& line) {
  rules::SlotReading reading{length, slot_start(line.left.first, length), {}, true};
  for (const GapSignal& wanted : line.wanted) {
    const auto answer = line.answers.find(wanted.question);
    if (answer == line.answers.end()) continue;
    if (reading.services.empty() || reading.services.back().service != wanted.service) {
      reading.services.push_back({wanted.service, {}});
    }
    reading.services.back().signals.push_back(read_signal(wanted, answer->second, line.left.first));
  }
  return reading;
}

}  // namespace revisitd::daemon
