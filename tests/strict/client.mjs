// A Matrix client that trusts cross-signed devices only, driven over stdin and stdout, one JSON object a line.
//
//   node client.mjs NODE_MODULES
//   {"id": 1, "do": "login", "homeserver": "http://…", "user": "@ana:…", "password": "…"}  ->  {"id": 1, "result": …}
//   what is seen in rooms                                                                  ->  {"seen": {…}}
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";

for (const name of ["log", "info", "debug", "trace", "warn"]) console[name] = () => {}; // stdout is ours
const load = (file) => import(pathToFileURL(path.join(process.argv[2], "matrix-js-sdk", "lib", file)));
const sdk = await load("index.js");
const { OnlySignedDevicesIsolationMode } = await load("crypto-api/index.js");

const write = (value) => process.stdout.write(JSON.stringify(value) + "\n");
let client, crypto;

// What became of one message: its text, or that it cannot be read, and the shield a person would see beside it.
async function report(event) {
    if (event.isState() || event.isRedacted() || (event.isEncrypted() && event.isBeingDecrypted())) return;
    const failed = event.isDecryptionFailure();
    if (!failed && event.getType() !== "m.room.message") return;
    const info = event.isEncrypted() && !failed ? await crypto.getEncryptionInfoForEvent(event) : null;
    write({
        seen: {
            event_id: event.getId(),
            room: event.getRoomId(),
            sender: event.getSender(),
            body: failed ? "" : String(event.getContent().body ?? ""),
            content: failed ? {} : event.getContent(),
            encrypted: event.isEncrypted(),
            failure: failed ? String(event.decryptionFailureReason) : "",
            shield: info ? info.shieldColour : 0,
        },
    });
}

const verbs = {
    async login({ homeserver, user, password }) {
        const told = await sdk.createClient({ baseUrl: homeserver }).loginRequest({
            type: "m.login.password",
            identifier: { type: "m.id.user", user },
            password,
        });
        client = sdk.createClient({
            baseUrl: homeserver,
            userId: told.user_id,
            deviceId: told.device_id,
            accessToken: told.access_token,
        });
        await client.initRustCrypto({ useIndexedDB: false });
        crypto = client.getCrypto();
        crypto.setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());
        client.on("event", (event) => event.isEncrypted() || report(event));
        client.on("Event.decrypted", report);
        const synced = new Promise((done) => client.on("sync", (state) => state === "PREPARED" && done()));
        await client.startClient({ initialSyncLimit: 50 });
        await synced;
        const auth = { type: "m.login.password", identifier: { type: "m.id.user", user }, password };
        await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: async (make) => make(auth) });
        return { user: told.user_id, device: told.device_id };
    },
    async open_direct({ user }) {
        const made = await client.createRoom({
            preset: "trusted_private_chat",
            is_direct: true,
            invite: [user],
            initial_state: [
                { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } },
            ],
        });
        for (;;) {
            const room = client.getRoom(made.room_id);
            if (room?.getMember(user)?.membership === "join" && room.hasEncryptionStateEvent()) return made.room_id;
            await new Promise((done) => setTimeout(done, 50));
        }
    },
    // A new key for the next message, as after some time or when somebody left.
    async new_key({ room }) {
        await crypto.forceDiscardSession(room);
    },
    async say({ room, text }) {
        return (await client.sendTextMessage(room, text)).event_id;
    },
    // What is known of a user's devices: id -> whether cross-signed by its owner.
    async devices({ user }) {
        const all = (await crypto.getUserDeviceInfo([user], true)).get(user) ?? new Map();
        const found = {};
        for (const id of all.keys()) found[id] = (await crypto.getDeviceVerificationStatus(user, id)).signedByOwner;
        return found;
    },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
    const { id, do: verb, ...given } = JSON.parse(line);
    verbs[verb](given).then(
        (result) => write({ id, result: result ?? null }),
        (error) => write({ id, error: String(error?.stack ?? error) }),
    );
}
process.exit(0);
