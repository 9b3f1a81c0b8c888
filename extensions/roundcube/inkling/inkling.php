<?php

/**
 * Grey suggestions in the compose window, from an Inkling service.
 *
 * The browser asks Roundcube, and Roundcube asks the service. So no key and no address of the service reaches a
 * page, and a user has only their own profile.
 */
class inkling extends rcube_plugin
{
    public $task = 'mail|settings';

    private const EAGERNESS = ['calm', 'balanced', 'eager'];
    private const PATHS = ['/v1/suggestions', '/v1/events'];
    private const MOST_BYTES = 262144;
    private const MOST_PREVIOUS = 20000;
    private const MOST_SENT = 40000;

    /** @var rcmail */
    private $rc;

    public function init()
    {
        $this->rc = rcmail::get_instance();
        $this->load_config();
        $this->add_texts('localization/');

        if ($this->rc->task == 'settings') {
            $this->add_hook('preferences_list', [$this, 'list_preferences']);
            $this->add_hook('preferences_save', [$this, 'save_preferences']);
            return;
        }

        $this->register_action('plugin.inkling', [$this, 'answer']);

        if ($this->rc->action == 'compose' && $this->is_on()) {
            $this->add_hook('message_compose_body', [$this, 'prepare']);
        }
        else if ($this->rc->action == 'send' && $this->is_learning()) {
            $this->add_hook('message_sent', [$this, 'learn']);
        }
    }

    /**
     * Give the compose window what it needs: the script, the user's choices, and the message that is answered.
     */
    public function prepare($args)
    {
        $this->include_script('inkling.min.js');
        $this->rc->output->set_env('inkling', [
            'eagerness' => $this->eagerness(),
            'previous'  => $args['mode'] == rcmail_sendmail::MODE_REPLY ? $this->previous($args['message']) : null,
            'labels'    => [
                'on'   => $this->gettext('state_on'),
                'off'  => $this->gettext('state_off'),
                'away' => $this->gettext('state_away'),
                'hint' => $this->gettext('state_hint'),
                'heard' => $this->gettext('heard'),
            ],
        ]);

        return $args;
    }

    /**
     * Pass a request of the compose window on to the service, and its answer back.
     */
    public function answer()
    {
        // Requests of one user come close together. None may overwrite the session of another.
        if ($this->rc->session) {
            $this->rc->session->nowrite = true;
        }

        $path = rcube_utils::get_input_string('_path', rcube_utils::INPUT_GET);

        if (($_SERVER['REQUEST_METHOD'] ?? '') !== 'POST' || !in_array($path, self::PATHS, true)) {
            $this->refuse(404, 'not_found', 'there is nothing here');
        }

        $token = rcube_utils::request_header('X-Roundcube-Request');

        if (!is_string($token) || !hash_equals($this->rc->get_request_token(), $token)) {
            $this->refuse(403, 'permission_denied', 'the request is not from this window; open it again');
        }

        if (!$this->is_on()) {
            $this->refuse(403, 'permission_denied', 'suggestions are switched off');
        }

        $raw  = file_get_contents('php://input', false, null, 0, self::MOST_BYTES + 1);
        $body = strlen($raw) > self::MOST_BYTES ? null : json_decode($raw);

        if (!is_object($body)) {
            $this->refuse(400, 'invalid_request', 'the body must be a JSON object of at most 256 KiB');
        }

        // Whose profile counts is decided here and nowhere else.
        unset($body->user_id);

        if ($path === '/v1/suggestions' && $this->is_learning()) {
            $body->user_id = $this->user();
        }

        // PHP's own sessions are locked while a request runs. The user's next request must not wait for the service.
        if (session_status() === PHP_SESSION_ACTIVE) {
            session_write_close();
        }

        [$status, $headers, $text] = $this->ask('POST', $path, $body, (float) $this->setting('timeout', 5));

        if (!$status) {
            header('Retry-After: 5');
            $this->refuse(503, 'not_ready', 'the suggestion service does not answer');
        }

        // The service refused this server, not the user.
        if ($status == 401 || $status == 403) {
            $this->log("the service refused the key ($status); see inkling_key");
            $this->refuse(403, 'permission_denied', 'the suggestion service refused this server');
        }

        if (isset($headers['retry-after'])) {
            header('Retry-After: ' . (int) $headers['retry-after']);
        }

        $this->say($status, $text);
    }

    /**
     * Let the service learn from a message that was sent. A failure is logged, and never stops the mail.
     */
    public function learn($args)
    {
        // The mail is out. Whatever goes wrong here, its copy must still be kept.
        try {
            $this->learn_from($args['message']);
        }
        catch (Throwable $error) {
            $this->log('a sent message was not learned: ' . get_class($error));
        }

        return $args;
    }

    private function learn_from($message)
    {
        $text = (string) $message->getTXTBody();

        if (trim($text) === '' && ($html = (string) $message->getHTMLBody()) !== '') {
            $text = (new rcube_html2text($html, false, true, 0))->get_text();
        }

        $text = mb_substr($text, 0, self::MOST_SENT);

        if (trim($text) === '') {
            return;
        }

        [$status] = $this->ask('POST', "/v1/users/{$this->user()}/messages", ['text' => $text], 2.0);

        if ($status != 200) {
            $this->log("a sent message was not learned (status $status)");
        }
    }

    /** Log a line, which never holds text of a mail. */
    private function log($line)
    {
        rcube::raise_error(['code' => 600, 'message' => "inkling: $line"], true);
    }

    /**
     * The user's choices, under Composing Messages.
     */
    public function list_preferences($args)
    {
        if ($args['section'] != 'compose') {
            return $args;
        }

        $on       = new html_checkbox(['name' => '_inkling_on', 'id' => 'rcmfd_inkling_on', 'value' => 1]);
        $learning = new html_checkbox(
            ['name' => '_inkling_learning', 'id' => 'rcmfd_inkling_learning', 'value' => 1]
        );
        $forget = new html_checkbox(['name' => '_inkling_forget', 'id' => 'rcmfd_inkling_forget', 'value' => 1]);
        $select = new html_select(['name' => '_inkling_eagerness', 'id' => 'rcmfd_inkling_eagerness',
            'class' => 'custom-select']);

        foreach (self::EAGERNESS as $one) {
            $select->add($this->gettext($one), $one);
        }

        $rows = [
            'inkling_on'        => $on->show($this->is_on() ? 1 : 0),
            'inkling_eagerness' => $select->show($this->eagerness()),
            'inkling_learning'  => $learning->show($this->setting('learning', false) ? 1 : 0),
            'inkling_forget'    => $forget->show(0),
        ];

        $options = [];
        foreach ($rows as $name => $content) {
            if (!$this->is_fixed($name)) {
                $options[$name] = [
                    'title'   => html::label("rcmfd_$name", rcube::Q($this->gettext($name))),
                    'content' => $content,
                ];
            }
        }

        $args['blocks']['inkling'] = ['name' => rcube::Q($this->gettext('inkling')), 'options' => $options];

        return $args;
    }

    /**
     * Keep the user's choices. To forget is done at once; where it fails, nothing is saved and the user is told.
     */
    public function save_preferences($args)
    {
        if ($args['section'] != 'compose') {
            return $args;
        }

        $eagerness = rcube_utils::get_input_string('_inkling_eagerness', rcube_utils::INPUT_POST);
        $chosen    = [
            'inkling_on'        => !empty($_POST['_inkling_on']),
            'inkling_eagerness' => in_array($eagerness, self::EAGERNESS, true) ? $eagerness : 'balanced',
            'inkling_learning'  => !empty($_POST['_inkling_learning']),
        ];

        foreach ($chosen as $name => $value) {
            if (!$this->is_fixed($name)) {
                $args['prefs'][$name] = $value;
            }
        }

        if (!empty($_POST['_inkling_forget'])) {
            [$status] = $this->ask('DELETE', "/v1/users/{$this->user()}", null, 10.0);

            if ($status != 204 && $status != 404) {
                $args['abort']   = true;
                $args['result']  = false;
                $args['message'] = $this->gettext('not_forgotten');
            }
        }

        return $args;
    }

    /**
     * Ask the service. Returns the status (0 for no answer), the headers by lower-case name, and the body.
     */
    private function ask($method, $path, $body, $seconds)
    {
        $headers = [];
        $asked   = ['Content-Type: application/json', 'Expect:'];
        $key     = (string) $this->setting('key', '');

        if ($key !== '') {
            $asked[] = "Authorization: Bearer $key";
        }

        $curl = curl_init(rtrim((string) $this->setting('url', 'http://127.0.0.1:8000'), '/') . $path);
        curl_setopt_array($curl, [
            CURLOPT_CUSTOMREQUEST     => $method,
            CURLOPT_HTTPHEADER        => $asked,
            CURLOPT_RETURNTRANSFER    => true,
            CURLOPT_FOLLOWLOCATION    => false,
            CURLOPT_PROXY             => '',
            CURLOPT_CONNECTTIMEOUT_MS => 1000,
            CURLOPT_TIMEOUT_MS        => (int) ($seconds * 1000),
            CURLOPT_NOSIGNAL          => true,
            CURLOPT_HEADERFUNCTION    => function ($curl, $line) use (&$headers) {
                $parts = explode(':', $line, 2);
                if (isset($parts[1])) {
                    $headers[strtolower(trim($parts[0]))] = trim($parts[1]);
                }
                return strlen($line);
            },
        ]);

        if ($body !== null) {
            curl_setopt($curl, CURLOPT_POSTFIELDS, json_encode($body, JSON_UNESCAPED_UNICODE));
        }

        $text   = curl_exec($curl);
        $status = $text === false ? 0 : (int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        curl_close($curl);

        return [$status, $headers, (string) $text];
    }

    /**
     * The text of the message that is answered, without what it quotes itself; null if it has none.
     */
    private function previous($message)
    {
        if (!is_object($message)) {
            return null;
        }

        $part = null;
        $text = $message->first_text_part($part);

        if (!$text) {
            return null;
        }

        if ($part && $part->ctype_secondary == 'html') {
            $text = (new rcube_html2text($text, false, false, 0))->get_text();
        }

        $lines = preg_grep('/^\s*>/', explode("\n", str_replace("\r", '', $text)), PREG_GREP_INVERT);
        $text  = trim(mb_substr(implode("\n", $lines), 0, self::MOST_PREVIOUS));

        return $text === '' ? null : $text;
    }

    /**
     * The user's name at the service: the same each time, and it tells nobody who they are.
     */
    private function user()
    {
        $name = $this->rc->user->get_username() . "\n" . ($_SESSION['storage_host'] ?? '');

        return substr(hash_hmac('sha256', $name, (string) $this->rc->config->get('des_key')), 0, 32);
    }

    private function is_on()
    {
        return (bool) $this->setting('on', true);
    }

    private function is_learning()
    {
        return $this->is_on() && $this->setting('learning', false);
    }

    private function eagerness()
    {
        $found = $this->setting('eagerness', 'balanced');

        return in_array($found, self::EAGERNESS, true) ? $found : 'balanced';
    }

    private function setting($name, $default)
    {
        return $this->rc->config->get("inkling_$name", $default);
    }

    private function is_fixed($name)
    {
        return in_array($name, (array) $this->rc->config->get('dont_override'));
    }

    private function refuse($status, $type, $message)
    {
        $error = ['type' => $type, 'message' => $message, 'param' => null];
        $this->say($status, json_encode(['error' => $error]));
    }

    private function say($status, $text)
    {
        http_response_code($status);
        header('Content-Type: application/json; charset=utf-8');
        header('Cache-Control: no-store');
        echo $text;
        exit;
    }
}
