/** One file without dependencies: it works with the network unplugged. The key stays in the tab's memory and goes into no URL. */
export const MAILBOX_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mailbox · Turnpike</title>
<style>
  :root { color-scheme: light dark; --line: #8884; --soft: #8882; --strong: #2f6fed; }
  * { box-sizing: border-box; }
  body { margin: 0; font: 15px/1.5 system-ui, sans-serif; }
  header { padding: 1rem 1.5rem; border-bottom: 1px solid var(--line); display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
  h1 { font-size: 1.1rem; margin: 0; }
  p { margin: .3rem 0; }
  .soft { opacity: .7; }
  form { padding: 1.5rem; display: grid; gap: .6rem; max-width: 34rem; }
  input, button { font: inherit; padding: .5rem .7rem; border: 1px solid var(--line); border-radius: .4rem; background: transparent; color: inherit; }
  button { background: var(--strong); color: #fff; border-color: var(--strong); cursor: pointer; justify-self: start; }
  main { display: grid; grid-template-columns: minmax(16rem, 26rem) 1fr; min-height: calc(100vh - 4rem); }
  ol { list-style: none; margin: 0; padding: 0; border-right: 1px solid var(--line); }
  li > button { width: 100%; text-align: left; background: none; color: inherit; border: 0; border-bottom: 1px solid var(--line); border-radius: 0; padding: .8rem 1.2rem; }
  li > button[aria-current=true] { background: var(--soft); }
  li > button:focus-visible { outline: 2px solid var(--strong); outline-offset: -2px; }
  section { padding: 1.2rem 1.5rem; min-width: 0; }
  iframe { width: 100%; height: 60vh; border: 1px solid var(--line); border-radius: .4rem; background: #fff; }
  code { font-size: .85em; overflow-wrap: anywhere; }
  [hidden] { display: none !important; }
  @media (max-width: 700px) { main { grid-template-columns: 1fr; } ol { border-right: 0; } }
</style>
</head>
<body>
<header><h1>Mailbox</h1><span class="soft">Mail of sandbox and test. Nothing here was sent to anybody.</span></header>
<form id="ask"><label for="key">API key of a sandbox or test environment</label><input id="key" type="password" autocomplete="off" required><button>Show mails</button><p id="problem" role="alert"></p></form>
<main id="box" hidden><ol id="list" aria-label="Mails, newest first"></ol><section id="mail" aria-live="polite"><p class="soft" id="empty">No mail yet. It appears here by itself.</p></section></main>
<script>
  const byId = (id) => document.getElementById(id);
  let key = '', shown = null, mails = [];
  byId('ask').addEventListener('submit', (event) => { event.preventDefault(); key = byId('key').value.trim(); byId('key').value = ''; read(); });
  async function read() {
    try {
      const response = await fetch('/v1/mailbox?limit=100', { headers: { authorization: 'Bearer ' + key } });
      const body = await response.json();
      if (!response.ok) { key = ''; byId('ask').hidden = false; byId('box').hidden = true; byId('problem').textContent = body.detail; return; }
      byId('ask').hidden = true; byId('box').hidden = false; byId('problem').textContent = '';
      const before = mails.map((mail) => mail.id).join();
      mails = body.data;
      if (mails.map((mail) => mail.id).join() !== before) list();
    } catch { byId('problem').textContent = 'Turnpike does not answer at the moment.'; }
    if (key) setTimeout(read, 2000);
  }
  function list() {
    byId('list').replaceChildren(...mails.map((mail) => {
      const item = document.createElement('li'), button = document.createElement('button'), to = document.createElement('div'), subject = document.createElement('strong');
      to.className = 'soft'; to.textContent = mail.recipient + ' · ' + new Date(mail.createdAt).toLocaleString();
      subject.textContent = mail.subject; button.append(subject, to);
      button.setAttribute('aria-current', String(mail.id === shown)); button.addEventListener('click', () => show(mail)); item.append(button); return item;
    }));
    if (mails.length && !mails.some((mail) => mail.id === shown)) show(mails[0]);
  }
  function show(mail) {
    shown = mail.id;
    const title = document.createElement('h2'), facts = document.createElement('p'), code = document.createElement('code'), frame = document.createElement('iframe');
    title.textContent = mail.subject; facts.className = 'soft'; facts.textContent = mail.notificationScope + ' · happened ' + mail.happenedAt + ' · ';
    code.textContent = mail.messageId; facts.append(code);
    frame.title = 'The mail'; frame.setAttribute('sandbox', ''); frame.srcdoc = mail.html;
    byId('mail').replaceChildren(title, facts, frame); list();
  }
</script>
</body>
</html>
`;
