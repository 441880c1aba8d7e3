#include "daemon/journal.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <chrono>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

constexpr Duration kRetry = std::chrono::seconds(2);

template <class T>
void move_behind(std::vector<T>& to, std::vector<T>& from) {
  if (to.empty()) return to.swap(from);
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// For so many more, so that no later one of them can fail.
template <class T>
void make_room(std::vector<T>& in, std::size_t more) {
  const std::size_t needed = in.size() + more;
  if (needed > in.capacity()) in.reserve(std::max(needed, 2 * in.capacity()));
}

// Where each of the newer rows goes: over an older one of the same key, or behind them all.
template <class T, class KeyOf>
std::vector<std::size_t> places_of(const std::vector<T>& older, const std::vector<T>& newer,
                                   KeyOf key_of) {
  std::map<decltype(key_of(older.front())), std::size_t> known;
  for (std::size_t i = 0; i < older.size(); ++i) known[key_of(older[i])] = i;
  std::vector<std::size_t> places;
  places.reserve(newer.size());
  std::size_t end = older.size();
  for (const T& row : newer) {
    const auto [place, fresh] = known.try_emplace(key_of(row), end);
    if (fresh) ++end;
    places.push_back(place->second);
  }
  return places;
}

template <class T>
void put_in_places(std::vector<T>& older, std::vector<T>& newer,
                   const std::vector<std::size_t>& places) {
  for (std::size_t i = 0; i < newer.size(); ++i) {
    if (places[i] < older.size()) {
      older[places[i]] = std::move(newer[i]);
    } else {
      older.push_back(std::move(newer[i]));
    }
  }
}

}  // namespace

void append_batch(storage::Batch& older, storage::Batch newer) {
  if (older.empty()) {
    older = std::move(newer);
    return;
  }
  // All that can throw comes first, so that a batch is there whole or not at all.
  using Key = std::pair<std::string_view, std::string_view>;
  const auto key_of = [](const storage::StateRow& row) { return Key(row.kind, row.key); };
  const auto puts = places_of(older.puts, newer.puts, key_of);
  const auto deliveries =
      places_of(older.deliveries, newer.deliveries,
                [](const storage::DeliveryRow& row) { return std::string_view(row.id); });
  // Within a batch erases come before puts, so the newer ones undo older puts and nothing else.
  const std::set<Key> erased(newer.erases.begin(), newer.erases.end());
  std::vector<bool> undone(older.puts.size());
  for (std::size_t i = 0; i < undone.size(); ++i)
    undone[i] = erased.contains(key_of(older.puts[i]));
  for (const std::size_t place : puts) {
    if (place < undone.size()) undone[place] = false;
  }
  make_room(older.puts, newer.puts.size());
  make_room(older.erases, newer.erases.size());
  make_room(older.trail, newer.trail.size());
  make_room(older.deliveries, newer.deliveries.size());

  put_in_places(older.puts, newer.puts, puts);
  std::size_t at = 0;
  std::erase_if(older.puts, [&](const storage::StateRow&) {
    return at < undone.size() ? undone[at++] : false;
  });
  move_behind(older.erases, newer.erases);
  move_behind(older.trail, newer.trail);
  put_in_places(older.deliveries, newer.deliveries, deliveries);
}

Journal::Journal(asio::any_io_executor executor, StoreThread& store, Hooks hooks)
    : store_(store), hooks_(std::move(hooks)), wake_(executor), settled_(executor) {
  wake_.expires_at(asio::steady_timer::time_point::max());
  settled_.expires_at(asio::steady_timer::time_point::max());
}

void Journal::add(storage::Batch batch, std::function<void()> durable) {
  if (batch.empty()) {
    if (durable) durable();
    return;
  }
  make_room(callbacks_, 1);
  append_batch(batch_, std::move(batch));
  if (durable) callbacks_.push_back(std::move(durable));
  ++added_;
  wake_.cancel();
}

void Journal::add_slots(std::vector<storage::SlotRow> slots) {
  if (slots.empty()) return;  // else durable() would wait for a write that never comes
  if (slots_.size() + slots.size() > kMostSlotRows) {
    dropped_slots_ += slots.size();
    return;
  }
  move_behind(slots_, slots);
  ++added_;
  wake_.cancel();
}

std::size_t Journal::waiting() const {
  return batch_.puts.size() + batch_.erases.size() + batch_.trail.size() +
         batch_.deliveries.size() + slots_.size();
}

asio::awaitable<void> Journal::durable() {
  const std::uint64_t target = added_;
  while (written_ < target) {
    boost::system::error_code ignored;
    co_await settled_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

asio::awaitable<bool> Journal::settled(Duration patience) {
  const std::uint64_t target = added_;
  asio::steady_timer end(settled_.get_executor(), patience);
  end.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) settled_.cancel();
  });
  while (written_ < target && !trouble_ && std::chrono::steady_clock::now() < end.expiry()) {
    boost::system::error_code ignored;
    co_await settled_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return written_ >= target;
}

void Journal::start() {
  running_ = true;
  // Not one of the loops that a stop cancels: what was taken over is written to the end.
  const auto ended = [this](std::exception_ptr error) {
    running_ = false;
    settled_.cancel();
    if (error) std::rethrow_exception(error);
  };
  asio::co_spawn(wake_.get_executor(), run(), ended);
}

asio::awaitable<void> Journal::stop(Duration patience) {
  stopping_ = true;
  wake_.cancel();
  const auto until = std::chrono::steady_clock::now() + patience;
  while (running_ && std::chrono::steady_clock::now() < until) {
    settled_.expires_at(until);
    boost::system::error_code ignored;
    co_await settled_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  // Whoever still waits in durable() waits for good, and must not spin on a timer that is over.
  settled_.expires_at(asio::steady_timer::time_point::max());
}

asio::awaitable<void> Journal::wait(Duration time) {
  wake_.expires_after(time);
  boost::system::error_code ignored;
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  wake_.expires_at(asio::steady_timer::time_point::max());
}

asio::awaitable<void> Journal::run() {
  for (;;) {
    if (batch_.empty() && slots_.empty()) {
      if (stopping_) co_return;
      co_await wait(std::chrono::hours(1));
      continue;
    }
    const bool written = co_await write_once();
    if (written) continue;
    if (stopping_) co_return;
    // Adding wakes the timer, but hurrying does not make space: wait the time out.
    const auto until = std::chrono::steady_clock::now() + kRetry;
    while (!stopping_ && std::chrono::steady_clock::now() < until) co_await wait(kRetry);
  }
}

asio::awaitable<bool> Journal::write_once() {
  // Slots first: a crash between the two writes must not leave a judgement without its evidence.
  auto slots = std::make_shared<std::vector<storage::SlotRow>>(std::move(slots_));
  auto batch = std::make_shared<storage::Batch>(std::move(batch_));
  auto callbacks = std::exchange(callbacks_, {});
  slots_.clear();
  batch_ = {};
  const std::uint64_t upto = added_;
  bool slots_done = slots->empty();
  const auto started = std::chrono::steady_clock::now();
  std::optional<storage::StoreError> failure;
  try {
    if (!slots_done) {
      auto append = [slots](storage::Store& store) {
        store.append_slots(*slots);
        return true;
      };
      slots_done = co_await store_.ask(std::move(append));
      // What a slot brought of a fleet is megabytes, and a commit of its states is on its way.
      std::vector<storage::SlotRow>().swap(*slots);
    }
    if (!batch->empty()) {
      auto commit = [batch](storage::Store& store) { return store.commit(*batch); };
      co_await store_.ask(std::move(commit));
    }
  } catch (const storage::StoreError& error) {
    failure = error;
  } catch (const std::exception& error) {
    failure = storage::StoreError(storage::StoreTrouble::io, error.what());
  }
  if (failure) {
    append_batch(*batch, std::move(batch_));
    batch_ = std::move(*batch);
    move_behind(callbacks, callbacks_);
    callbacks_ = std::move(callbacks);
    if (!slots_done) {
      move_behind(*slots, slots_);
      slots_ = std::move(*slots);
    }
    fail(*failure);
    co_return false;
  }
  const auto took = std::chrono::steady_clock::now() - started;
  ++commits_;
  commit_seconds_ += std::chrono::duration<double>(took).count();
  if (hooks_.committed) hooks_.committed(std::chrono::duration_cast<Duration>(took));
  written_ = upto;
  settled_.cancel();
  if (trouble_) {
    trouble_.reset();
    if (hooks_.trouble) hooks_.trouble(std::nullopt);
  }
  for (const auto& callback : callbacks) callback();
  co_return true;
}

void Journal::fail(const storage::StoreError& error) {
  ++failures_;
  settled_.cancel();
  switch (error.trouble()) {
    case storage::StoreTrouble::full:
    case storage::StoreTrouble::locked:
      if (!trouble_ && hooks_.trouble) hooks_.trouble(error.what());
      trouble_ = error.what();
      return;
    case storage::StoreTrouble::io:
    case storage::StoreTrouble::corrupt:
    case storage::StoreTrouble::newer:
    case storage::StoreTrouble::foreign:
    case storage::StoreTrouble::unsafe:
    case storage::StoreTrouble::gone:
      trouble_ = error.what();
      if (hooks_.broken) hooks_.broken(error);
      return;
  }
}

}  // namespace revisitd::daemon
