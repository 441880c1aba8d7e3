#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/notify/outbox.h"

namespace revisitd::daemon::notify {

// Answers requests as scripted and remembers them. What the script does not name is answered with
// 200 "ok".
class ScriptedClient : public collectors::HttpClient {
 public:
  using Answer = Result<collectors::FetchResponse, collectors::FetchError>;
  boost::asio::awaitable<Answer> fetch(collectors::FetchRequest request) override;

  // The next answer of a URL that contains `part`.
  void answer(const std::string& part, int status, const std::string& body = "",
              const std::string& retry_after = "");
  void fail(const std::string& part, collectors::FetchFailure failure);
  // From now on requests to it wait until they are called off.
  void hang(const std::string& part) { hanging_.push_back(part); }
  void unhang() { hanging_.clear(); }

  std::vector<collectors::FetchRequest> sent;

 private:
  std::map<std::string, std::deque<Answer>> script_;
  std::vector<std::string> hanging_;
};

// An outbox whose clock stands until it is moved, over a store that is a map.
class OutboxRig {
 public:
  explicit OutboxRig(std::vector<Receiver> receivers);
  ~OutboxRig();

  // Builds, loads what is stored as pending, and starts.
  void start();
  void stop(Duration grace = std::chrono::seconds(0));
  // What a new configuration does: another outbox takes over from the stopped one.
  void reload();
  // The daemon dies: nothing is finished, nothing committed.
  void crash();
  // Plans, commits, accepts.
  void tell(const std::vector<rules::Event>& events);
  void make_space();
  // Moves the clock in steps and lets everything run that can.
  void advance(Duration by, Duration step = std::chrono::seconds(1));
  void run();

  [[nodiscard]] std::vector<storage::DeliveryRow> rows(storage::DeliveryState state) const;
  [[nodiscard]] const storage::DeliveryRow& row(const std::string& type) const;
  [[nodiscard]] std::string header(std::size_t sent, const std::string& name) const;
  [[nodiscard]] ReceiverCounters counters(std::size_t receiver = 0) const;

  TimePoint now;
  OutboxOptions options;
  ScriptedClient http;
  std::map<std::string, storage::DeliveryRow> stored;
  std::vector<OutboxNote> notes;
  std::vector<rules::Event> standing;  // for the keep-alive
  std::vector<Notice> notices;         // likewise
  int failing_commits = 0;             // how many commits to refuse from now on
  bool full_disk = false;              // commits wait, as the journal's do, until make_space()
  std::unique_ptr<Outbox> outbox;

 private:
  boost::asio::awaitable<void> commit(storage::Batch batch);
  void make_outbox();

  std::unique_ptr<boost::asio::io_context> io_;
  std::unique_ptr<boost::asio::steady_timer> space_;  // full commits wait for it
};

}  // namespace revisitd::daemon::notify
