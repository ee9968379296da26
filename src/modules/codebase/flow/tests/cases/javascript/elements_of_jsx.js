const a = (
    <Page title={f} {...rest}>
        <div onClick={g}>{h()}</div>
        <ui.Button />
    </Page>
);
