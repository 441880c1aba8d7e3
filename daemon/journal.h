#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store_thread.h"
#include "storage/store.h"

namespace revisitd::daemon {

// What steps changed, on its way to the database: batches are gathered while one is being written
// and go down together, in order, in one transaction. A full disk keeps them here and tries again;
// nothing that hangs on a batch happens before it is durable. All on the network thread.
class Journal {
 public:
  struct Hooks {
    // The store is in trouble that running on cannot mend (io, gone, corrupt): stop the program.
    std::function<void(const storage::StoreError&)> broken;
    // Ordinary trouble began (with words) or ended (nothing).
    std::function<void(std::optional<std::string>)> trouble;
    // A write was made durable; how long it took. May be empty.
    std::function<void(Duration)> committed;
  };

  // A batch with more rows than this waits in memory for the disk; slots are dropped beyond it,
  // state never is.
  static constexpr std::size_t kMostSlotRows = 200'000;

  Journal(boost::asio::any_io_executor executor, StoreThread& store, Hooks hooks);

  // Takes a batch over, or throws and has none of it. Cheap; the writing happens in run().
  // `durable` is called once the batch is.
  void add(storage::Batch batch, std::function<void()> durable = {});
  void add_slots(std::vector<storage::SlotRow> slots);

  // Completes when everything added before the call is durable.
  boost::asio::awaitable<void> durable();
  // The same, but waits out neither a store that takes no writes nor more than `patience`; whether
  // all is durable. What is not will be, once the store takes it.
  boost::asio::awaitable<bool> settled(Duration patience = std::chrono::hours(24));

  // Begins to write.
  void start();
  // Writes what is left and ends; completes then, or after `patience`.
  boost::asio::awaitable<void> stop(Duration patience);

  [[nodiscard]] bool writable() const { return !trouble_; }
  [[nodiscard]] const std::optional<std::string>& trouble() const { return trouble_; }
  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] std::uint64_t commits() const { return commits_; }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }
  [[nodiscard]] double commit_seconds() const { return commit_seconds_; }
  [[nodiscard]] std::uint64_t dropped_slots() const { return dropped_slots_; }

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<bool> write_once();
  boost::asio::awaitable<void> wait(Duration time);
  void fail(const storage::StoreError& error);

  StoreThread& store_;
  Hooks hooks_;
  boost::asio::steady_timer wake_;     // run() sleeps on it
  boost::asio::steady_timer settled_;  // durable() sleeps on it
  storage::Batch batch_;
  std::vector<std::function<void()>> callbacks_;  // of batch_
  std::vector<storage::SlotRow> slots_;
  std::uint64_t added_ = 0;    // batches taken
  std::uint64_t written_ = 0;  // of them durable
  bool stopping_ = false;
  bool running_ = false;
  std::optional<std::string> trouble_;
  std::uint64_t commits_ = 0, failures_ = 0, dropped_slots_ = 0;
  double commit_seconds_ = 0;
};

// Puts `newer` behind `older`: later puts and erases of one key win, trail and deliveries keep
// their order. Where memory runs out `older` is what it was.
void append_batch(storage::Batch& older, storage::Batch newer);

}  // namespace revisitd::daemon
