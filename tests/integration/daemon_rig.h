#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/child_process.h"
#include "tests/unit/collectors/temp_folder.h"

// The real program and what surrounds it: a folder with a configuration, records and a database.
namespace revisitd::testing {

// Looks again and again until it holds; false after `patience`.
bool eventually(const std::function<bool()>& holds, Duration patience = std::chrono::seconds(15));

struct Answer {
  int status = 0;
  std::string text;  // head and body
  std::string body;
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
  // Null when the answer is none of ours, or was cut off.
  [[nodiscard]] nlohmann::json data() const {
    const nlohmann::json whole = json();
    return whole.is_object() ? whole.value("data", nlohmann::json()) : nlohmann::json();
  }
};
// One request to a loopback port. Lines of `headers` end with "\r\n".
Answer ask(std::uint16_t port, const std::string& method, const std::string& path,
           const std::string& body = "", const std::string& headers = "");

struct Outcome {
  int code = -1;  // -1 when it did not end in time
  std::string out, err;
};
// Runs the program to its end.
Outcome revisitd(const std::vector<std::string>& arguments, const std::string& input = "",
                 const std::string& folder = "");
std::string binary();

// Slots and scrapes of a second, messages at once; `more` follows. Records are in records/.
std::string quick_config(const std::string& more = "");
// A Markdown record of checkout's shape with these lines in its block.
std::string record(const std::string& service, const std::string& lines,
                   const std::string& date = "2026-05-04");

class Daemon {
 public:
  ~Daemon();

  // Puts a file into the folder as editors do: whole, under its name.
  std::string write(const std::string& name, const std::string& text) const;
  void remove(const std::string& name) const;
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  // Runs it on revisitd.yml and a free port. False when it ended instead of becoming ready.
  bool start(const std::vector<std::string>& flags = {},
             const std::vector<std::string>& environment = {});
  void signal(int number) const { process_->signal(number); }
  [[nodiscard]] bool running() { return process_ && process_->running(); }
  [[nodiscard]] pid_t pid() const { return process_->pid(); }
  std::optional<int> wait(Duration patience = std::chrono::seconds(8)) {
    return process_->wait(patience);
  }
  // SIGTERM, and its exit code.
  std::optional<int> stop();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] Answer get(const std::string& path) const { return ask(port_, "GET", path); }
  [[nodiscard]] Answer post(const std::string& path, const std::string& body = "{}") const {
    return ask(port_, "POST", path, body, "Content-Type: application/json\r\n");
  }
  // Output of all runs so far; `says` waits for a text in it.
  [[nodiscard]] std::string log() const;
  bool says(const std::string& text, Duration patience = std::chrono::seconds(15)) const;
  // A trigger's verdict, "" when there is none of that name.
  [[nodiscard]] std::string verdict(const std::string& service, const std::string& trigger) const;
  // The value of one of its own metrics, written with its labels; "" when there is none.
  [[nodiscard]] std::string metric(const std::string& name) const;

 private:
  collectors::TempFolder folder_;
  std::optional<ChildProcess> process_;
  std::uint16_t port_ = 0;
};

}  // namespace revisitd::testing
