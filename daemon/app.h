#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "daemon/app_view.h"
#include "daemon/clock.h"
#include "daemon/features.h"
#include "daemon/log.h"

// The daemon as one object, so that tests embed the whole of it on port 0.
namespace revisitd::daemon {

struct AppOptions {
  std::string config_file;
  std::string storage_path;
  Duration retention_time = std::chrono::hours(24 * 400);
  std::int64_t retention_bytes = 0;
  bool rebuild = false;  // put a damaged database aside
  std::string listen_address = "127.0.0.1:9750";
  std::string web_config_file;
  std::string external_url;  // "" = http:// and the address listened on
  bool enable_lifecycle = false;
  Features features;
  std::map<std::string, std::string> flags;
  std::function<void()> on_ready;  // called once the API answers and everything is loaded
};

// Life: start() loads and opens everything or says why not; run() goes on until stop(); then
// everything is put down in two stages and run() completes. All on the executor's one thread. The
// log and the clock outlive it.
class App {
 public:
  App(boost::asio::any_io_executor executor, AppOptions options, Log& log, const Clock& clock);
  App(const App&) = delete;
  App& operator=(const App&) = delete;
  ~App();

  // The exit code; 0 after a stop that was asked for. What goes wrong is on the log.
  boost::asio::awaitable<int> run();
  // Begins to stop: no new work, what is under way gets a few seconds, state goes to disk.
  // Idempotent.
  void stop();
  // As SIGHUP and /-/reload.
  void request_reload();

  // "127.0.0.1:41523" once run() has started the server, else "".
  [[nodiscard]] std::string address() const;
  [[nodiscard]] AppView& view();

 private:
  std::shared_ptr<class AppCore> core_;
};

}  // namespace revisitd::daemon
