// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_SURROUNDINGS_H_
#define LATCHKEY_NATIVE_APP_SURROUNDINGS_H_

/** What the doctor looks at around a server: disk, files, descriptors, Redis, mail and the address. Changes nothing. */

#include <string>
#include <vector>

#include "findings.h"
#include "latchkey/native/redis/redis_client.h"
#include "settings.h"

namespace latchkey::app {

/** Room and kind of the disk that the data folder is on, or will be. */
void look_at_disk(const settings& all, findings& found);

/** Who else may read or change the data folder, the database, the metrics token and `config`, which may be empty. */
void look_at_modes(const settings& all, const std::string& config, findings& found);

/** For how many connections there are descriptors. */
void look_at_descriptors(findings& found);

/** Whether it answers, takes keys and keeps them. */
void look_at_redis(native::redis_client& redis, const settings& all, findings& found);

/** Whether the mail server of mail.url can be reached, greets, and takes user and password. */
void look_at_mail(const settings& all, findings& found);

/** Whether `serve` could listen, or a running server of Latchkey does already. */
void look_at_address(const server_settings& server, findings& found);

/** What lies open to strangers by choice or by default, in whole sentences; for `serve` as well. */
[[nodiscard]] std::vector<std::string> find_exposures(const settings& all);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_SURROUNDINGS_H_
